import { scoreError, scoreInterval } from "../measures/intervals.js";
import { meanAndSpread, studentQuantile95 } from "../measures/seed-statistics.js";
import { isOptimum, spread } from "../probe/taus.js";
import type { Combined, TauProbing } from "./combine.js";

/** How much the features have to adapt: that tasks differ in it is Ren et al. 2023's, the three names and their bounds are ours. */
export type Regime = "tiny" | "mild" | "strong";

/** From the least need to adapt to the most. */
export const order: readonly Regime[] = ["tiny", "mild", "strong"];

/** What probing alone says: all of it is known before anything is fine-tuned. */
export interface ProbedFacts extends Omit<Combined, "runs"> {
  /** Runs start at energies that one head was brought to: energy alone was turned, and how long it was probed says nothing. */
  dialled: boolean;
  /** Where head probing alone was best. */
  probed: TauProbing;
  /** 95 %, of its score; null where it is not known. */
  interval: { low: number; high: number } | null;
  /** How far it gets from guessing to a perfect score: 0 to 1, below 0 where it is worse than guessing. */
  share: number;
  /** The shortest and the longest probing. */
  shortest: TauProbing;
  longest: TauProbing;
  /** Where the least energy is left, which need not be the longest: an optimum with a penalty keeps some. */
  lowest: TauProbing;
  /** Those that the score makes likely, by itself and at both ends of its interval; ascending in need. */
  suggested: Regime[];
  /** Whether even perfect fine-tuning would not get twice as far beyond guessing, for all that the interval allows. */
  strongExcluded: boolean;
  /** The only one left; null where there are several, or none. Of probing those suggested, after fine-tuning those found. */
  regime: Regime | null;
  regimes: Regime[];
}

/** @returns null if no head was measured at a tau that all tunings have */
export function probedFactsOf(combined: Omit<Combined, "runs">): ProbedFacts | null {
  const { probing, metric } = combined;
  const probed = highest(probing);
  if (!probed) return null;
  const interval = intervalOf(probed, combined);
  const shareOf = (score: number): number => (score - metric.chance) / (1 - metric.chance);
  const scores = interval ? [probed.score, interval.low, interval.high] : [probed.score];
  const suggested = spanned(new Set(scores.map((score) => likelyAt(shareOf(score)))));
  return {
    ...combined,
    dialled: combined.asked.given.includes("energy"),
    probed,
    interval,
    share: shareOf(probed.score),
    shortest: probing[0]!,
    longest: probing.at(-1)!,
    lowest: probing.reduce((least, one) => (one.energy < least.energy ? one : least)),
    suggested,
    strongExcluded: shareOf(interval?.low ?? -Infinity) >= 1 / 2,
    regime: suggested.length === 1 ? suggested[0]! : null,
    regimes: suggested,
  };
}

/**
 * The regime that a head suggests that gets so far from guessing to perfect. Nothing but fine-tuning tells how far that
 * gets; what is certain is that it cannot get twice as far as a half. The other two bounds are ours: above nine tenths
 * little is left to gain, and below a quarter fine-tuning that gets no further than halfway is twice as far.
 */
function likelyAt(share: number): Regime {
  return share >= 0.9 ? "tiny" : share < 0.25 ? "strong" : "mild";
}

/** Regimes that were found, and what lies between them. */
export function spanned(found: ReadonlySet<Regime | null>): Regime[] {
  const at = order.map((one) => found.has(one));
  return at.includes(true) ? order.slice(at.indexOf(true), at.lastIndexOf(true) + 1) : [];
}

/** Over seeds Student's interval of the mean, no narrower than that of one seed, whose samples they may share. */
function intervalOf(probed: TauProbing, { metric, validationSamples: samples }: Omit<Combined, "runs">) {
  const single = probed.bySeed.map((one) => scoreInterval(one, { metric, samples }));
  if (probed.bySeed.length === 1) return single[0]!;
  const { mean, spread } = meanAndSpread(probed.scores);
  const n = probed.scores.length;
  const known = single.filter((one) => one !== null).map(({ low, high }) => (high - low) / 2);
  const own = known.length > 0 ? meanAndSpread(known).mean : 0;
  const reach = Math.max(own, (studentQuantile95(n - 1) * spread!) / Math.sqrt(n));
  return { low: mean - reach, high: Math.min(1, mean + reach) };
}

export function highest<T extends { score: number }>(items: readonly T[]): T | undefined {
  return items.reduce<T | undefined>((best, one) => (best && best.score >= one.score ? best : one), undefined);
}

/** The part of what lies between guessing and perfect that counts as little. */
export const little = 0.1;

/**
 * The part of what probing leaves to be gained, up to a score of 1, that fine-tuning gains; negative where it loses some.
 * Of accuracies it is the share of the errors, of R² that of the variance, of ROC-AUC that of the pairs in wrong order.
 */
export function errorsRemoved(probed: number, tuned: number): number {
  return probed < 1 ? (tuned - probed) / (1 - probed) : 0;
}

/**
 * The best probing score came last, and was more than a standard error above what half the epochs had reached; of scores
 * whose error is not known, by more than little of what was left to be gained.
 */
export function probingWasRising({ probing, probed, longest, metric, validationSamples }: ProbedFacts): boolean {
  const end = longest.tau;
  if (typeof end !== "number" || probed.tau !== end) return false;
  const before = probing.filter(({ tau }) => typeof tau === "number" && tau <= end / 2).map(({ score }) => score);
  const reached = Math.max(metric.chance, ...before);
  const error = scoreError(probed.score, { metric, samples: validationSamples });
  return error === null ? errorsRemoved(reached, probed.score) > little : probed.score - reached > error;
}

/**
 * E under cross-entropy of a head whose logits are its targets, one-hot or smoothed by ε, as squared error has it at its best:
 * the right logit is 1 − ε above the others, so that E = √(k(k − 1)) / (e^(1 − ε) + k − 1), 0.81 for ten classes. That is far
 * from 0 though nothing is left to fit: it is what is left to say surely.
 * @param k classes
 */
export function squaredErrorFloor(k: number, smoothing: number): number {
  return Math.sqrt(k * (k - 1)) / (Math.exp(1 - smoothing) + k - 1);
}

/** Probing leaves at least half of the energy that it began with, wherever it leaves least. */
export function energyIsHigh({ lowest, shortest, probing }: ProbedFacts): boolean {
  return probing.length > 1 && lowest.energy >= shortest.energy / 2;
}

/** The most and the least energy differ by less than a tenth: which tau fine-tuning starts from hardly changes its push. */
export function energyIsFlat({ probing, lowest }: ProbedFacts): boolean {
  return probing.length > 1 && lowest.energy > 0.9 * mostEnergy({ probing }).energy;
}

export function mostEnergy({ probing }: Pick<ProbedFacts, "probing">): TauProbing {
  return probing.reduce((most, one) => (one.energy > most.energy ? one : most));
}

/** At most so many, evenly in energy, of heads that leave some: without any, nothing moves. */
export function pushingEvenly({ probing, shortest }: ProbedFacts, count: number): TauProbing[] {
  const pushing = probing.filter(({ energy }) => energy >= 0.01 * shortest.energy);
  const taus = spread(pushing, count);
  return pushing.filter(({ tau }) => taus.includes(tau));
}

/** The head that knows most of its training samples and that fine-tuning would start from: `converged`, or the longest. */
export function mostTrained({ probing }: ProbedFacts): TauProbing {
  return (
    probing.find(({ tau }) => tau === "converged") ?? probing.findLast(({ tau }) => !isOptimum(tau)) ?? probing.at(-1)!
  );
}
