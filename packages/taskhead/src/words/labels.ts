import type { LabelsToCheck } from "@taskhead/core/internals";
import { count, percent, plain } from "./format.js";

/** How many labels are doubted, in a sentence. */
export function labelsFound({ doubted, judged, folds, score }: LabelsToCheck, sample: string): string {
  const right = score === null ? "" : `, which are right on ${plain(percent(score))} of them`;
  return `${count(doubted)} of ${count(judged)} training labels are doubted by heads that were not trained on those ${sample}s (${folds} folds)${right}.`;
}

/** When a label is doubted. */
export function labelsRule(sample: string): string {
  return `A label is doubted where another class is the likeliest, and gets at least the probability that it gets on average on ${sample}s that are labelled so.`;
}
