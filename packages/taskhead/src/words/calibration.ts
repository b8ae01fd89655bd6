import type { BestCalibration, CalibrationPair, DataSummary } from "@taskhead/core/internals";
import { fixed, percent, plural, short } from "./format.js";

/** Whether the winner is right as often as it says, and whether a temperature mends it, for the report. */
export function calibrationSentences(
  { temperature, advised, validation, test }: BestCalibration,
  { sample, validation: { count }, test: tested }: DataSummary,
): string {
  const first = `Whether the winner is right as often as it says. Expected calibration error, 15 bins, on the ${plural(count, `validation ${sample}`)}: ${change(validation)}.`;
  const second = test && tested ? ` On the ${plural(tested.count, `test ${sample}`)}: ${change(test)}.` : "";
  if (!temperature)
    return `${first}${second} The validation ${sample}s say too little to fit a temperature, as they are too few or almost all right: take the probabilities as they are.`;
  const { value, low, high } = temperature;
  const fitted = ` The temperature ${fixed(value, 2)} (95 %: ${short(low)} to ${short(high)}) is fitted on the validation ${sample}s; on them, each ${sample} is measured at one that was fitted without it.`;
  const use = advised
    ? " The exported model gives logits as trained: divide them by the temperature before the softmax to use it."
    : ` It is not advised: ${reason(low, high)}.`;
  return `${first}${second}${fitted}${use}`;
}

function change({ before, after }: CalibrationPair): string {
  if (!after) return `${percent(before.ece)} (cross-entropy ${fixed(before.nll, 3)})`;
  return `${percent(before.ece)} as trained, ${percent(after.ece)} with a temperature (cross-entropy ${fixed(before.nll, 3)} and ${fixed(after.nll, 3)})`;
}

function reason(low: number, high: number): string {
  return low <= 1 && high >= 1
    ? "its interval holds 1, which changes nothing"
    : "error and cross-entropy do not both improve where it was not fitted";
}
