import type { Schedule } from "./schedule.js";

/** An epoch's validation score, and its standard error where that is known. */
export interface ScoredEpoch {
  readonly validationScore: number | null;
  readonly validationError: number | null;
}

/**
 * Which epoch's weights a run keeps, from 1. At a constant rate that of the highest validation score, the earlier of equals:
 * it moved less. Where the rate comes down, the last that when it ended was within one standard error of the highest so far (the
 * rule of Breiman et al. 1984, for the choice of a tree): late epochs are the better ones there, and few validation samples
 * hardly tell. Of scores whose error is not known it is the last of the highest.
 * @param epochs all that ended, at least one
 */
export function bestEpochOf(epochs: readonly ScoredEpoch[], schedule: Schedule | undefined): number {
  const falls = schedule !== undefined && schedule.kind !== "constant";
  let [highest, kept] = [-Infinity, 1];
  let error = 0;
  for (const [i, { validationScore, validationError }] of epochs.entries()) {
    const score = validationScore ?? -Infinity;
    const higher = score > highest;
    if (higher) [highest, error] = [score, validationError ?? 0];
    if (falls ? score >= highest - error : higher) kept = i + 1;
  }
  return kept;
}
