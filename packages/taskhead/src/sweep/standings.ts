import {
  bestWithin,
  compareScores,
  meanAndSpread,
  type Measurement,
  type Scored,
  verdictOf,
} from "@taskhead/core/internals";
import type { AgainstBest, SweepRow, SweepTrial } from "../report/sweep/index.js";

/** Of all seeds; null if any has diverged. */
export function scoresAt(trials: readonly SweepTrial[], epochs: number): number[] | null {
  const all = trials.map((trial) => bestWithin(trial.validationScores, epochs, trial.diverged));
  return all.includes(null) ? null : (all as number[]);
}

/** The mean over the seeds; null if any has diverged. */
export function scoreAt(trials: readonly SweepTrial[], epochs: number): number | null {
  const all = scoresAt(trials, epochs);
  return all && meanAndSpread(all).mean;
}

/**
 * The highest mean of those that were trained longest, the earlier of equals; one of which a seed collapsed only if there
 * is no other; undefined if all diverged.
 */
export function bestOf(rows: readonly SweepRow[]): SweepRow | undefined {
  const collapsed = (row: SweepRow): number => Number(row.status === "collapsed");
  return rows
    .filter((row) => row.mean !== null)
    .toSorted((a, b) => collapsed(a) - collapsed(b) || b.epochs - a.epochs || b.mean! - a.mean!)[0];
}

/** The best less another, at the epoch that the other came to. */
export function againstBest(best: SweepRow, row: SweepRow, measurement: Measurement): AgainstBest | null {
  if (row === best) return null;
  const { epochs } = row;
  const [better, other] = [scoredAt(best, epochs), scoredAt(row, epochs)];
  if (!better || !other) return null;
  const difference = compareScores(better, other, measurement);
  return { epochs, ...difference, withinNoise: verdictOf(difference) === "level" };
}

/** A candidate as it stood after so many epochs; null if any seed has diverged. */
function scoredAt({ trials, epochs: reached }: SweepRow, epochs: number): Scored | null {
  const scores = scoresAt(trials, epochs);
  if (!scores) return null;
  const score = meanAndSpread(scores).mean;
  const [only, another] = trials;
  // What each sample got is known of a trial's best epoch, which a shorter comparison may not have come to.
  if (!only || another || reached !== epochs) return { score, scores };
  return { score, scores, hits: only.hits, contributions: only.contributions };
}
