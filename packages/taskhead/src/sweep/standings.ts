import { bestWithin, meanAndSpread, pairedDifference } from "@taskhead/core";
import { compareAccuracies } from "../report/outcome.js";
import type { AgainstBest, SweepRow, SweepTrial } from "../report/sweep/index.js";

/** Of all seeds; null if any has diverged. */
export function accuraciesAt(trials: readonly SweepTrial[], epochs: number): number[] | null {
  const all = trials.map((trial) => bestWithin(trial.validationScores, epochs, trial.diverged));
  return all.includes(null) ? null : (all as number[]);
}

/** The mean over the seeds; null if any has diverged. */
export function scoreAt(trials: readonly SweepTrial[], epochs: number): number | null {
  const all = accuraciesAt(trials, epochs);
  return all && meanAndSpread(all).mean;
}

/** The highest mean of those that were trained longest, the earlier of equals; undefined if all diverged. */
export function bestOf(rows: readonly SweepRow[]): SweepRow | undefined {
  return rows.filter((row) => row.mean !== null).toSorted((a, b) => b.epochs - a.epochs || b.mean! - a.mean!)[0];
}

/** The best less another, at the epoch that the other came to. @param images validation images */
export function againstBest(best: SweepRow, row: SweepRow, images: number): AgainstBest | null {
  const { epochs } = row;
  const [better, other] = [accuraciesAt(best.trials, epochs), accuraciesAt(row.trials, epochs)];
  if (row === best || !better || !other) return null;
  const interval = pairedDifference(better, other) ?? oneSeed(better[0]!, other[0]!, images);
  return {
    epochs,
    difference: interval.mean,
    low: interval.low,
    high: interval.high,
    withinNoise: interval.low <= 0 && interval.high >= 0,
  };
}

/** Without other seeds, the validation images are the only noise that is known. */
function oneSeed(better: number, other: number, images: number) {
  const { difference, standardError } = compareAccuracies(better, other, images);
  const half = 2 * (standardError ?? Infinity);
  return { mean: difference, low: difference - half, high: difference + half };
}
