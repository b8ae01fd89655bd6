import { writeText, type LabelsToCheck } from "@taskhead/core/internals";
import { csv } from "../files/csv.js";
import type { Prepared } from "./prepare.js";

/** Where the labels to check are, below a run's folder. */
export const labelsKey = "labels-to-check.csv";

/** The labels to check as a file that a spreadsheet opens; of other tasks than classes there is none. */
export async function writeLabels({ store }: Pick<Prepared, "store">, labels: LabelsToCheck | null): Promise<void> {
  if (!labels) return;
  const rows = labels.list.map(({ name, index, label, predicted, el2n, given, probability }) => [
    name ?? String(index),
    label,
    predicted,
    el2n.toFixed(4),
    given.toFixed(4),
    probability.toFixed(4),
  ]);
  const head = ["file", "label", "predicted", "el2n", "probability of the label", "probability of the predicted"];
  await writeText(store, labelsKey, `${csv([head, ...rows])}\n`);
}
