import { spearman } from "../measures/rank-correlation.js";
import type { Tau } from "../probe/taus.js";
import { compareScores, verdictOf, type Difference } from "../measures/intervals.js";
import { combine, type Combined, type TauProbing, type TauRun } from "./combine.js";
import type { Evidence } from "./evidence.js";

/** How much the features have to adapt (Ren et al. 2023, section 4). */
export type Regime = "tiny" | "mild" | "strong";

/** A tau that was fine-tuned to the end; its score is the mean over seeds. */
export type FinishedRun = TauRun & { score: number; bestEpoch: number };

/** A finished run that was not chosen, and how far the chosen one is ahead of it. */
export interface Rival extends FinishedRun {
  behind: Difference;
}

/** What the rules ask: evidence put side by side. */
export interface Facts extends Omit<Combined, "runs"> {
  /** Where head probing alone was best. */
  probed: TauProbing;
  /** The shortest and the longest probing. */
  shortest: TauProbing;
  longest: TauProbing;
  /** Ascending in tau. */
  finished: FinishedRun[];
  diverged: TauRun[];
  /** By successive halving: they are not compared with runs that were trained for longer. */
  stopped: TauRun[];
  /** All taus, however their runs ended; ascending. */
  tried: Tau[];
  /** The one that scores highest; of equal ones the lower tau. */
  winner: FinishedRun;
  /** The others, ascending in tau. */
  rivals: Rival[];
  /** What fine-tuning adds to probing alone. */
  gain: Difference;
  regime: Regime | null;
  /** Spearman's correlation of energy and distance over the finished runs. */
  energyRanksDistance: number | null;
}

/** @returns null if no run came to an end, or probing was not measured: then there is nothing to reason from. */
export function factsOf(tunings: readonly Evidence[]): Facts | null {
  const { runs, ...combined } = combine(tunings);
  const finished = runs.filter(isFinished);
  const winner = highest(finished);
  const probed = highest(combined.probing);
  if (!winner || !probed) return null;
  const { metric, validationSamples: samples } = combined;
  const measured = finished.filter((run) => run.euclidean !== null);
  return {
    ...combined,
    probed,
    shortest: combined.probing[0]!,
    longest: combined.probing.at(-1)!,
    finished,
    diverged: runs.filter((run) => run.diverged),
    stopped: runs.filter((run) => run.stopped),
    tried: runs.map((run) => run.tau),
    winner,
    rivals: finished
      .filter((run) => run !== winner)
      .map((run) => ({ ...run, behind: compareScores(winner, run, { metric, samples }) })),
    gain: compareScores(winner, probed, { metric, samples }),
    regime: regimeOf(probed.score, winner.score, metric.chance),
    energyRanksDistance: spearman(
      measured.map((run) => run.energy),
      measured.map((run) => run.euclidean!),
    ),
  };
}

/** The part of probing's errors that fine-tuning must remove to count as more than tiny adaptation. */
export const littleRemoved = 0.1;

/** The part of what is learned beyond guessing that probing must reach for the features to suit the task at least half. */
const halfLearned = 0.5;

/**
 * Tiny where fine-tuning removes less than a tenth of the errors that probing leaves; strong where probing reaches less
 * than half of what fine-tuning learns beyond guessing, or is no better than guessing itself; mild between. The paper
 * names the regimes; the two numbers are ours.
 * @returns null if fine-tuning itself learned nothing
 */
export function regimeOf(probed: number, tuned: number, chance: number): Regime | null {
  if (tuned <= chance) return null;
  if (probed <= chance) return "strong";
  if (errorsRemoved(probed, tuned) < littleRemoved) return "tiny";
  return probed - chance < halfLearned * (tuned - chance) ? "strong" : "mild";
}

/**
 * The part of what probing leaves to be gained, up to a score of 1, that fine-tuning gains; negative where it loses some.
 * Of accuracies it is the share of the errors, of R² that of the variance, of ROC-AUC that of the pairs in wrong order.
 */
export function errorsRemoved(probed: number, tuned: number): number {
  return probed < 1 ? (tuned - probed) / (1 - probed) : 0;
}

/** Whether the winner is measurably better. */
export function isWorse({ behind }: Rival): boolean {
  return verdictOf(behind) === "above";
}

/** Whether there is no saying. */
export function isUnknown({ behind }: Rival): boolean {
  return verdictOf(behind) === "unknown";
}

/** Whether the two may be equally good, for all that was measured. */
export function isLevel(rival: Rival): boolean {
  return !isWorse(rival) && !isUnknown(rival);
}

/** Several taus were fine-tuned, all to the end, and none is measurably worse than the winner. */
export function makesNoDifference({ rivals, stopped }: Facts): boolean {
  return rivals.length > 0 && stopped.length === 0 && rivals.every(isLevel);
}

/** Probing as long as it was done leaves at least half of the energy that it began with. */
export function energyIsHigh({ longest, shortest }: Facts): boolean {
  return longest.tau !== shortest.tau && longest.energy >= shortest.energy / 2;
}

function isFinished(run: TauRun): run is FinishedRun {
  return !run.diverged && !run.stopped && run.score !== null && run.bestEpoch !== null;
}

function highest<T extends { score: number }>(items: readonly T[]): T | undefined {
  return items.reduce<T | undefined>((best, one) => (best && best.score >= one.score ? best : one), undefined);
}
