import type { OutputScore, Score, Tally } from "./objective.js";

/** The mean over the outputs whose score exists; NaN if none does. @param samples N */
export function meanOfOutputs(all: readonly Pick<OutputScore, "value" | "influence">[], samples: number): Score {
  const known = all.filter(({ value }) => Number.isFinite(value));
  const value = known.reduce((sum, one) => sum + one.value, 0) / known.length;
  const contributions = new Float64Array(samples).fill(value);
  for (const { influence } of known)
    for (let n = 0; n < samples; n++) contributions[n]! += influence[n]! / known.length;
  return { value, contributions };
}

/** A mean over batches: one in which the score does not exist, as no label has both yes and no, says nothing. @param samples N */
export function tallyOf({ value }: Score, samples: number): Tally {
  const of = Number.isFinite(value) ? samples : 0;
  return { sum: of && value * of, of };
}
