import { capital, count, MISSING, percent, shorten } from "../words/format.js";
import type { ClassResult } from "@taskhead/core/internals";
import { escapeHtml } from "./escape.js";
import { meter, table } from "./tables.js";

/** A set's results class by class. */
export interface ByClass {
  classes: ClassResult[];
  /** rows are the true class, columns the predicted one */
  confusion: number[][];
}

/** With more classes than this there is no confusion matrix, which nobody could read. */
export const MAX_CLASSES = 30;

/** Worst recall first; classes without samples, which have none, at the end. */
function worstFirst(classes: ClassResult[]): ClassResult[] {
  return [...classes].sort((a, b) => (a.recall ?? 2) - (b.recall ?? 2) || (a.precision ?? 2) - (b.precision ?? 2));
}

/** A class and the class it is most often taken for. */
interface Confusion {
  label: string;
  count: number;
}

/** What the index-th class was most often mistaken for; null if it never was. */
export function mistakenFor(
  classes: readonly ClassResult[],
  confusion: readonly (readonly number[])[],
  index: number,
): Confusion | null {
  let worst: Confusion | null = null;
  (confusion[index] ?? []).forEach((count, predicted) => {
    if (predicted !== index && count > (worst?.count ?? 0)) worst = { label: classes[predicted]?.label ?? "", count };
  });
  return worst;
}

/** What the columns of the table are, as HTML. */
export function shares(sample: string): string {
  const samples = `${escapeHtml(sample)}s`;
  return `<strong>Recall</strong>: of the ${samples} of a class, the share found. <strong>Precision</strong>: of the ${samples} called so, the share that are.`;
}

/** What the confusion matrix shows, as HTML. */
export function cells(sample: string): string {
  return `Numbers are ${escapeHtml(sample)}s, a row per true class; the stronger the colour, the larger the share of its row. The diagonal is right.`;
}

/** Every class, worst recall first, with the class it was most often mistaken for. */
export function classTable({ classes, confusion }: ByClass, sample: string): string {
  const indices = new Map(classes.map((one, index) => [one, index]));
  const mistaken = (index: number) => {
    const wrong = mistakenFor(classes, confusion, index);
    return wrong ? `<bdi>${escapeHtml(wrong.label)}</bdi> (${count(wrong.count)})` : MISSING;
  };
  return table({
    caption: "Every class, lowest recall first",
    rows: worstFirst(classes),
    groups: [
      {
        name: "",
        columns: [
          { head: "Class", cell: (row) => `<bdi>${escapeHtml(row.label)}</bdi>`, text: true },
          { head: escapeHtml(capital(`${sample}s`)), cell: (row) => count(row.support) },
          { head: "Right", cell: (row) => count(row.correct) },
          { head: "Recall", cell: (row) => meter(row.recall, percent(row.recall)) },
          { head: "Precision", cell: (row) => meter(row.precision, percent(row.precision)) },
          { head: "Most often taken for", cell: (row) => mistaken(indices.get(row)!), text: true },
        ],
      },
    ],
  });
}

/** Which class was taken for which, as a table whose cells are coloured by the share of their row; empty beyond MAX_CLASSES. */
export function confusionTable({ classes, confusion }: ByClass): string {
  if (classes.length === 0 || classes.length > MAX_CLASSES) return "";
  const name = ({ label }: ClassResult): string => `<bdi>${escapeHtml(shorten(label, 24))}</bdi>`;
  const rows = confusion.map((row, truth) => {
    const total = row.reduce((sum, n) => sum + n, 0) || 1;
    const cells = row.map((n) => {
      // the square root, so that few mistakes show at all
      const share = Math.sqrt(n / total);
      const style = n === 0 ? ' style="--share:0%"' : ` style="--share:${Math.round(100 * share)}%"`;
      return `<td${share > 0.55 ? ' class="strong"' : ""}${style}>${n === 0 ? "" : count(n)}</td>`;
    });
    return `<tr><th scope="row">${name(classes[truth]!)}</th>${cells.join("")}</tr>`;
  });
  const heads = classes.map((one) => `<th scope="col">${name(one)}</th>`).join("");
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="Confusion matrix"><table class="matrix">` +
    `<caption>Confusion matrix: a row per true class, a column per predicted one</caption>` +
    `<thead><tr><td></td><th class="group" scope="colgroup" colspan="${classes.length}">taken for</th></tr>` +
    `<tr><th class="corner">true class</th>${heads}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`
  );
}
