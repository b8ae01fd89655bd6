import type { Metric, Score } from "../objectives/objective.js";
import { meanAndSpread, studentQuantile95 } from "./seed-statistics.js";

/** 95 % intervals for the difference of two scores, by the best that is known of them. */

/** How far one score is above another, with its 95 % interval. */
export interface Interval {
  /** As measured, in units of the score. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** What it rests on. */
  readonly basis: "seeds" | "paired hits" | "paired contributions" | "independent samples";
}

/** Two scores of which nothing else is known: there is a difference, and no saying how sure it is. */
export interface Unbounded {
  readonly difference: number;
  readonly low: null;
  readonly high: null;
  readonly basis: "nothing";
}

export type Difference = Interval | Unbounded;

/** A score and what is known of how it came about. */
export interface Scored {
  /** Over seeds their mean. */
  readonly score: number;
  /** Seed by seed, where there are several. */
  readonly scores?: readonly number[];
  /** `1` or `0` for each sample, right or wrong. */
  readonly hits?: string | null;
  /** What each sample adds, their mean the score (see `Score`). */
  readonly contributions?: ArrayLike<number> | null;
}

/** What two scores are measured with. */
export interface Measurement {
  readonly metric: Metric;
  /** How many samples both were measured on. */
  readonly samples: number;
}

/**
 * How far `a` is above `b`, both measured on the same samples: over seeds where there are several, else sample by sample,
 * else, for accuracies, as if the samples were independent. Every claim about a difference comes from here.
 */
export function compareScores(a: Scored, b: Scored, { metric, samples }: Measurement): Difference {
  const seeds = overSeeds(a.scores ?? [], b.scores ?? []);
  if (seeds) return seeds;
  if (a.hits && b.hits) return pairedHits(a.hits, b.hits);
  const difference = a.score - b.score;
  // Contributions make up the score to first order only: the difference that is shown is that of the scores.
  if (a.contributions && b.contributions)
    return { ...pairedContributions(a.contributions, b.contributions), difference };
  if (isAccuracy(metric)) return independentSamples(a.score, b.score, samples);
  return { difference, low: null, high: null, basis: "nothing" };
}

/** Whether one score is measurably above or below another, by the interval of their difference. */
export type Verdict = "above" | "below" | "level" | "unknown";

export function verdictOf({ low, high }: Difference): Verdict {
  if (low === null) return "unknown";
  return low > 0 ? "above" : high < 0 ? "below" : "level";
}

/** Whether a score is a share of right answers, of which the binomial distribution knows the error. */
export function isAccuracy(metric: Metric): boolean {
  return metric.name === "accuracy";
}

/** Standard error of a score over n samples; null where it is not known: without samples, or of what is no accuracy. */
export function scoreError(score: number, { metric, samples }: Measurement): number | null {
  return isAccuracy(metric) ? accuracyError(score, samples) : null;
}

/** Standard error of one score, else from what each sample adds; null where neither is known. */
export function standardError({ score, contributions }: Scored, measurement: Measurement): number | null {
  return scoreError(score, measurement) ?? (contributions ? errorOfMean(contributions) : null);
}

/**
 * Standard error of what a set of samples got, to be told with the score; null where it is not known, as where all samples add the
 * same: they say nothing of one that would not.
 */
export function errorOf({ value, contributions }: Score, measurement: Measurement): number | null {
  const error = standardError({ score: value, ...(contributions ? { contributions } : {}) }, measurement);
  return error !== null && error > 0 ? error : null;
}

/** The 95 % interval of one score, within what a score can be; null where its error is not known. */
export function scoreInterval(scored: Scored, measurement: Measurement): { low: number; high: number } | null {
  const { score } = scored;
  const error = standardError(scored, measurement);
  if (error === null) return null;
  const low = score - z975 * error;
  return { low: isAccuracy(measurement.metric) ? Math.max(0, low) : low, high: Math.min(1, score + z975 * error) };
}

function errorOfMean(values: ArrayLike<number>): number | null {
  const { length: n } = values;
  const { spread } = meanAndSpread(Array.from(values));
  return spread === null ? null : spread / Math.sqrt(n);
}

/** The 97.5 % quantile of the normal distribution. */
const z975 = 1.959964;

/**
 * Standard error of an accuracy over n samples, binomial, with one success and one failure added (Agresti and Caffo
 * 2000): it then stays above zero when all samples are right, and hardly changes otherwise. Null without samples.
 */
export function accuracyError(accuracy: number, samples: number): number | null {
  if (samples <= 0) return null;
  const shrunk = (accuracy * samples + 1) / (samples + 2);
  return Math.sqrt((shrunk * (1 - shrunk)) / (samples + 2));
}

/**
 * For two accuracies on the same n samples of which only the accuracies are known: as if they were independent. They are
 * not, and the true interval is usually narrower.
 */
export function independentSamples(a: number, b: number, samples: number): Interval {
  const error = Math.hypot(accuracyError(a, samples) ?? Infinity, accuracyError(b, samples) ?? Infinity);
  return around(a - b, z975 * error, "independent samples");
}

/**
 * For two networks judged on the same samples. Only the samples that one gets right and the other wrong tell them apart,
 * as in McNemar's test; the interval is Wald's with half a sample added to each of the four cells (Agresti and Min 2005).
 * @param a `1` or `0` for each sample, right or wrong
 * @param b of the same samples in the same order
 */
export function pairedHits(a: string, b: string): Interval {
  requirePairs(a, b);
  const count = (hit: string): number => [...a].filter((own, i) => own === hit && b[i] !== hit).length;
  const [onlyA, onlyB] = [count("1"), count("0")];
  return paired(onlyA - onlyB, onlyA + onlyB, a.length, "paired hits");
}

/**
 * For two networks of which it is known what each sample adds to their scores: the normal interval of the mean of the
 * differences, sample by sample. Two samples are added as for hits, which are a special case: half a sample each that
 * only one gets perfectly, by a whole 1, and one on which they agree.
 * @param a what each sample adds, [N]
 * @param b of the same samples in the same order
 */
export function pairedContributions(a: ArrayLike<number>, b: ArrayLike<number>): Interval {
  requirePairs(a, b);
  let sum = 0;
  let squares = 0;
  for (let n = 0; n < a.length; n++) {
    const difference = a[n]! - b[n]!;
    sum += difference;
    squares += difference ** 2;
  }
  return paired(sum, squares, a.length, "paired contributions");
}

function paired(sum: number, squares: number, count: number, basis: Interval["basis"]): Interval {
  const samples = count + 2;
  const centre = sum / samples;
  const error = Math.sqrt((squares + 1) / samples - centre ** 2) / Math.sqrt(samples);
  return { ...around(centre, z975 * error, basis), difference: count > 0 ? sum / count : 0 };
}

function requirePairs(a: ArrayLike<unknown>, b: ArrayLike<unknown>): void {
  if (a.length !== b.length) throw new Error(`${a.length} samples cannot be paired with ${b.length}`);
}

/**
 * For scores measured once per seed: Student's interval of the mean of their differences, pair by pair. A seed draws the
 * same head and the same order of batches on both sides, so that much of what it does cancels; with few seeds the
 * interval is wide, as it should be. Null for fewer than two seeds.
 */
export function overSeeds(a: readonly number[], b: readonly number[]): Interval | null {
  if (a.length !== b.length || a.length < 2) return null;
  const { mean, spread } = meanAndSpread(a.map((value, i) => value - b[i]!));
  return around(mean, (studentQuantile95(a.length - 1) * spread!) / Math.sqrt(a.length), "seeds");
}

function around(difference: number, reach: number, basis: Interval["basis"]): Interval {
  return { difference, low: difference - reach, high: difference + reach, basis };
}
