import { count, formatScore, percent, plural } from "../../words/format.js";
import { scoreOn } from "../../words/subject.js";
import type { Evaluation } from "./results.js";

/** "78.0 % (95 %: 70.1 % to 84.2 %) of 100 images right" */
export function headlineOf({ score, interval, metric, data }: Evaluation): string {
  const aside = interval
    ? ` (95 %: ${formatScore(interval.low, metric)} to ${formatScore(interval.high, metric)})`
    : "";
  return scoreOn(score, plural(data.count, data.sample), { metric }, aside);
}

/** So many are named one by one. */
const mostUnknown = 8;

/** What the headline does not count; a sentence each. */
export function caveatsOf({ data: { sample, skipped, unknown }, calibration }: Evaluation): string[] {
  const noun = (n: number): string => `${sample}${n === 1 ? "" : "s"}`;
  return [
    ...(calibration
      ? [
          `Its probabilities are off by ${percent(calibration.ece)} on average (expected calibration error, 15 bins of confidence).`,
        ]
      : []),
    ...(skipped > 0
      ? [`${count(skipped)} ${noun(skipped)} could not be read and ${skipped === 1 ? "is" : "are"} left out.`]
      : []),
    ...unknown
      .slice(0, mostUnknown)
      .map(
        ({ label, samples }) =>
          `The model does not know '${label}', which ${count(samples)} ${noun(samples)} ${samples === 1 ? "has" : "have"}.`,
      ),
    ...(unknown.length > mostUnknown ? [`Nor does it know ${count(unknown.length - mostUnknown)} others.`] : []),
  ];
}
