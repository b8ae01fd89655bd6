import type { LabelsToCheck } from "@taskhead/core/internals";
import { typed } from "../words/format.js";
import { labelsFound } from "../words/labels.js";
import { fixed, percent } from "./format.js";

/** So many are told. */
const mostTold = 5;

/**
 * The labels to check, a line each after one that says how many there are.
 * @param file where all of them are @param most how many are told at most; 0 for the first line alone
 */
export function labelLines(labels: LabelsToCheck, sample: string, file: string, most = mostTold): string[] {
  const { list } = labels;
  const left = list.length - Math.min(most, list.length);
  return [
    typed(labelsFound(labels, sample)),
    ...list
      .slice(0, most)
      .map(
        ({ name, index, label, predicted, probability, el2n }) =>
          `label to check: ${name ?? `${sample} ${index + 1}`} (labelled ${label}, heads say ${predicted} ${percent(probability)}; EL2N ${fixed(el2n, 2)})`,
      ),
    ...(left > 0 ? [`${left === list.length ? "labels to check:" : `${left} more:`} ${file}`] : []),
  ];
}
