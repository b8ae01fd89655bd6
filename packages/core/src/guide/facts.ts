import { compareScores, verdictOf, type Difference, type Measurement } from "../measures/intervals.js";
import { hardlyMoved } from "../measures/peak.js";
import { spearman } from "../measures/rank-correlation.js";
import { compareTaus, isDialled, type Tau } from "../probe/taus.js";
import type { Combined, TauProbing, TauRun } from "./combine.js";
import { errorsRemoved, highest, little, probedFactsOf, spanned, type ProbedFacts, type Regime } from "./probed.js";

/** A tau that was fine-tuned to a sound end; its score is the mean over seeds. */
export type FinishedRun = TauRun & { score: number; bestEpoch: number };

/** A finished run that was not chosen, and how far the chosen one is ahead of it. */
export interface Rival extends FinishedRun {
  behind: Difference;
}

/** What the rules ask: evidence put side by side. */
export interface Facts extends ProbedFacts {
  /** Ascending in tau. */
  finished: FinishedRun[];
  diverged: TauRun[];
  /** Those of them that did not diverge. */
  collapsed: TauRun[];
  /** All taus, however their runs ended, those that folds compared among them; ascending. */
  tried: Tau[];
  /** All runs, from the most energy to the least, without those whose features hardly moved. */
  byEnergy: TauRun[];
  /** The one that scores highest; of equal ones the lower tau. */
  winner: FinishedRun;
  /** The others, ascending in tau. */
  rivals: Rival[];
  /** What fine-tuning adds to probing alone. */
  gain: Difference;
  /** Whether they allow that fine-tuning learned nothing. */
  nothing: boolean;
  /** Spearman's correlation of energy and distance over the finished runs. */
  energyRanksDistance: number | null;
  /** How many of them know their distance. */
  measured: number;
}

/** @returns null if no run came to an end, or probing was not measured: then there is nothing to reason from. */
export function factsOf({ runs, ...combined }: Combined): Facts | null {
  const finished = runs.filter(isFinished);
  const winner = highest(finished);
  const before = probedFactsOf(combined);
  if (!winner || !before) return null;
  const { probed } = before;
  const { metric, validationSamples: samples } = combined;
  const gain = compare(winner, probed, { metric, samples });
  const allowed = allowedRegimes(probed.score, winner.score, metric.chance, gain);
  // What lies between two of them lies between the ends of the interval.
  const regimes = spanned(allowed);
  const measured = finished.filter((run) => run.euclidean !== null);
  return {
    ...before,
    finished,
    diverged: runs.filter((run) => run.diverged),
    collapsed: runs.filter((run) => run.collapsed && !run.diverged),
    tried: [...new Set([...runs.map((run) => run.tau), ...combined.compared])].sort(compareTaus),
    byEnergy: runs
      .filter(({ euclidean }) => !hardlyMoved(euclidean, combined.featureNorm))
      .sort((a, b) => b.energy - a.energy),
    dialled: runs.some((run) => isDialled(run.tau)),
    winner,
    rivals: finished
      .filter((run) => run !== winner)
      .map((run) => ({ ...run, behind: compare(winner, run, { metric, samples }) })),
    gain,
    regimes,
    regime: allowed.size === 1 ? (regimes[0] ?? null) : null,
    nothing: allowed.has(null),
    energyRanksDistance: spearman(
      measured.map((run) => run.energy),
      measured.map((run) => run.euclidean!),
    ),
    measured: measured.length,
  };
}

/** The regimes of the two scores, and of what they may be as well: the ends of the gain's interval, shared between both. */
function allowedRegimes(probed: number, tuned: number, chance: number, { low, high, difference }: Difference) {
  // That nothing was learned is a measurement, whatever chance might have added.
  const ends = low === null || tuned <= chance ? [] : [low, high];
  const shifts = [0, ...ends.map((end) => (end - difference) / 2)];
  const within = (score: number): number => Math.min(score, 1);
  return new Set(shifts.map((shift) => regimeOf(within(probed - shift), within(tuned + shift), chance)));
}

/**
 * As `compareScores`; over several seeds the interval is no narrower than the samples allow that a seed was measured on,
 * as seeds may agree on a few samples by chance, or share them.
 */
function compare(a: TauRun | FinishedRun | TauProbing, b: TauRun | TauProbing, measured: Measurement): Difference {
  const all = compareScores({ ...a, score: a.score! }, { ...b, score: b.score! }, measured);
  if (all.basis !== "seeds") return all;
  const { difference, low, high } = all;
  const reaches = a.bySeed.map((one, i) => reachOf(compareScores(one, b.bySeed[i]!, measured), a.bySeed.length));
  const known = reaches.filter((reach) => reach !== null);
  const reach = Math.max((high - low) / 2, known.reduce((sum, one) => sum + one, 0) / Math.max(1, known.length));
  return { ...all, low: difference - reach, high: difference + reach };
}

/** Half of one seed's interval. One that knows nothing of pairs is too wide already, and shrinks with the seeds. */
function reachOf({ low, high, basis }: Difference, seeds: number): number | null {
  if (low === null) return null;
  return (high - low) / 2 / (basis === "independent samples" ? Math.sqrt(seeds) : 1);
}

/** The part of what is learned beyond guessing that probing must reach for the features to suit the task at least half. */
const halfLearned = 0.5;

/**
 * Tiny where fine-tuning removes less than a tenth of the errors that probing leaves; strong where probing reaches less
 * than half of what fine-tuning learns beyond guessing, or is no better than guessing itself; mild between.
 * Names and numbers are ours.
 * @returns null if fine-tuning itself learned nothing
 */
function regimeOf(probed: number, tuned: number, chance: number): Regime | null {
  if (tuned <= chance) return null;
  if (probed <= chance) return "strong";
  if (errorsRemoved(probed, tuned) < little) return "tiny";
  return probed - chance < halfLearned * (tuned - chance) ? "strong" : "mild";
}

/**
 * Whether one score can be ahead of the other by a tenth of what lies between guessing and perfect at most: the difference
 * is small, not just unknown.
 */
export function isClose({ high, low }: Difference, { metric }: Pick<Facts, "metric">): boolean {
  return low !== null && Math.max(high, -low) <= little * (1 - metric.chance);
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

/** Several taus were fine-tuned, and none is measurably worse than the winner. */
export function makesNoDifference({ rivals }: Facts): boolean {
  return rivals.length > 0 && rivals.every(isLevel);
}

/** Of several runs of which none is measurably worse, that which moved the features least; undefined where it is not known. */
export function leastMoved({ finished }: Facts): FinishedRun | undefined {
  if (finished.some((run) => run.euclidean === null)) return undefined;
  return finished.reduce((least, run) => (run.euclidean! < least.euclidean! ? run : least));
}

/** Little is gained over probing alone, but both are far from perfect, and fine-tuning does not measurably lose. */
export function neitherIsGood({ regimes, nothing, gain, winner, metric: { chance } }: Facts): boolean {
  return (
    regimes.includes("tiny") &&
    !regimes.includes("strong") &&
    !nothing &&
    verdictOf(gain) !== "below" &&
    winner.score - chance < (1 - chance) / 2
  );
}

/** The features suit the task, or may, and nothing says that they do not. */
export function mayBeTiny({ regimes, nothing }: Facts): boolean {
  return regimes.includes("tiny") && !regimes.includes("strong") && !nothing;
}

function isFinished(run: TauRun): run is FinishedRun {
  return !run.diverged && !run.collapsed && run.score !== null && run.bestEpoch !== null;
}
