import type { ClassResult } from "@taskhead/core/internals";
import { count, percent } from "../words/format.js";
import { escapeHtml } from "./escape.js";
import { meter, table } from "./tables.js";

/** The harmonic mean of precision and recall; null of a type of which there is none. */
export function f1Of({ support, correct, precision, recall }: ClassResult): number | null {
  if (support === 0 || recall === null) return null;
  return correct === 0 || precision === null ? 0 : (2 * precision * recall) / (precision + recall);
}

/** What the columns of the table are, as HTML. */
export const entityShares =
  "<strong>Recall</strong>: of the entities of a type, the share found, whole and under their type. <strong>Precision</strong>: of those found as such, the share that are. <strong>F1</strong> is between both.";

/** Every type of entity, lowest F1 first; types without entities at the end. */
export function typeTable(types: readonly ClassResult[]): string {
  return table<ClassResult>({
    caption: "Every type of entity, lowest F1 first",
    rows: types.toSorted((a, b) => (f1Of(a) ?? 2) - (f1Of(b) ?? 2)),
    groups: [
      {
        name: "",
        columns: [
          { head: "Type", cell: (row) => `<bdi>${escapeHtml(row.label)}</bdi>`, text: true },
          { head: "Entities", cell: (row) => count(row.support) },
          { head: "Right", cell: (row) => count(row.correct) },
          { head: "Precision", cell: (row) => meter(row.precision, percent(row.precision)) },
          { head: "Recall", cell: (row) => meter(row.recall, percent(row.recall)) },
          { head: "F1", cell: (row) => meter(f1Of(row), percent(f1Of(row))) },
        ],
      },
    ],
  });
}
