import type { OutputScore } from "./objective.js";

/**
 * The area under the ROC curve by ranks, equal scores counting half: the part of pairs of a positive and a negative that are
 * in the right order. What a sample adds is DeLong's (1988) component: the part of the other class that it is on the right
 * side of.
 * @param y 1, 0 or NaN
 * @returns value NaN where one of the classes is missing
 */
export function rocAuc(scores: readonly number[], y: readonly number[]): OutputScore {
  const positives = y.flatMap((one, n) => (one === 1 ? [n] : []));
  const negatives = y.flatMap((one, n) => (one === 0 ? [n] : []));
  const measured = positives.length + negatives.length;
  if (positives.length === 0 || negatives.length === 0)
    return { value: NaN, measured, influence: new Float64Array(y.length) };
  const placement = new Float64Array(y.length);
  const below = sortedBelow(negatives.map((n) => scores[n]!));
  for (const n of positives) placement[n] = below(scores[n]!) / negatives.length;
  const belowPositive = sortedBelow(positives.map((n) => scores[n]!));
  for (const n of negatives) placement[n] = 1 - belowPositive(scores[n]!) / positives.length;
  const value = positives.reduce((sum, n) => sum + placement[n]!, 0) / positives.length;
  const influence = new Float64Array(y.length);
  for (const n of positives) influence[n] = (y.length * (placement[n]! - value)) / positives.length;
  for (const n of negatives) influence[n] = (y.length * (placement[n]! - value)) / negatives.length;
  return { value, measured, influence };
}

/** How many of some values lie below another, equal ones counting half. */
function sortedBelow(values: number[]): (value: number) => number {
  const sorted = Float64Array.from(values).sort();
  const first = (wanted: (v: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (wanted(sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (value) => (first((v) => v >= value) + first((v) => v > value)) / 2;
}
