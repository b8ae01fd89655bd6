import { peakOverEnergy, type Peak } from "../measures/peak.js";
import type { Scored } from "../measures/intervals.js";
import { meanAndSpread } from "../measures/seed-statistics.js";
import { compareTaus, type Tau } from "../probe/taus.js";
import type { Evidence, ProbingEvidence, RunEvidence, TemperatureEvidence, TestEvidence } from "./evidence.js";

/** One tau over all seeds: measures are means, `scores` and `bySeed` are seed by seed. */
export interface TauRun extends RunEvidence {
  scores: number[];
  bySeed: Scored[];
}

/** The head after tau epochs of probing, over all seeds alike. */
export interface TauProbing extends ProbingEvidence {
  scores: number[];
  bySeed: Scored[];
}

/** What several tunings that differ in their seed alone say together. */
export interface Combined extends Omit<Evidence, "runs" | "probing"> {
  seeds: number;
  /** Whether dot product and length first rise with energy, then fall. */
  peaks: { dot: Peak<Tau>; norm: Peak<Tau> };
  probing: TauProbing[];
  runs: TauRun[];
}

/**
 * Averages tunings over seeds, tau by tau; taus that not all of them have are left out.
 * @param tunings at least one
 */
export function combine(tunings: readonly Evidence[]): Combined {
  const [first] = tunings;
  if (!first) throw new Error("a guide needs at least one tuning");
  const probing = tunings.map((one) => one.probing);
  const runs = tunings.map((one) => one.runs);
  return {
    ...first,
    featureNorm: mean(tunings.map((one) => one.featureNorm)),
    test: leastTested(tunings.map((one) => one.test)),
    batchNormShift: meanOrNull(tunings.map((one) => one.batchNormShift)),
    temperature: meanTemperature(tunings.map((one) => one.temperature)),
    // What is exported of several is each run's own.
    exported: tunings.length === 1 ? first.exported : null,
    seeds: tunings.length,
    peaks: peaksOf(tunings),
    probing: commonTaus(probing).map((tau) => averageProbing(tau, probing)),
    runs: commonTaus(runs).map((tau) => averageRun(tau, runs)),
  };
}

/** Of one seed too. */
function peaksOf(tunings: readonly Evidence[]): Combined["peaks"] {
  const over = (measure: "dot" | "norm"): Peak<Tau> =>
    peakOverEnergy(
      tunings.map(({ featureNorm, runs }) => ({
        featureNorm,
        runs: runs.map((run) => ({ ...run, value: run[measure] })),
      })),
    );
  return { dot: over("dot"), norm: over("norm") };
}

/** One that was not tested counts for all; of several, the one of which most was seen. */
function leastTested(tests: readonly (TestEvidence | null)[]): TestEvidence | null {
  return tests.reduce((worst, one) => (worst && one && one.seen <= worst.seen ? worst : worst && one));
}

/** Each run has its own: what is said of them holds where all are worth using. */
function meanTemperature(all: readonly (TemperatureEvidence | null)[]): TemperatureEvidence | null {
  const known = all.filter((one) => one !== null);
  if (known.length < all.length) return null;
  const over = (measure: (one: TemperatureEvidence) => number): number => mean(known.map(measure));
  return {
    value: over((one) => one.value),
    low: Math.min(...known.map((one) => one.low)),
    high: Math.max(...known.map((one) => one.high)),
    before: over((one) => one.before),
    after: over((one) => one.after),
  };
}

function commonTaus(lists: readonly (readonly { tau: Tau }[])[]): Tau[] {
  const all = lists.map((list) => list.map(({ tau }) => tau));
  return all[0]!.filter((tau) => all.every((taus) => taus.includes(tau))).sort(compareTaus);
}

function averageProbing(tau: Tau, lists: readonly (readonly ProbingEvidence[])[]): TauProbing {
  const points = lists.map((list) => list.find((point) => point.tau === tau)!);
  const scores = points.map((p) => p.score);
  const over = (measure: (point: ProbingEvidence) => number | null): number | null => meanOrNull(points.map(measure));
  return {
    tau,
    energy: mean(points.map((p) => p.energy)),
    score: mean(scores),
    trainScore: over((p) => p.trainScore),
    headNorm: over((p) => p.headNorm),
    pull: over((p) => p.pull),
    hits: only(points)?.hits ?? null,
    contributions: only(points)?.contributions ?? null,
    scores,
    bySeed: points,
  };
}

/** A tau that diverged or collapsed with one seed counts as one that does. */
function averageRun(tau: Tau, lists: readonly (readonly RunEvidence[])[]): TauRun {
  const runs = lists.map((list) => list.find((run) => run.tau === tau)!);
  const over = (measure: (run: RunEvidence) => number | null): number | null => meanOrNull(runs.map(measure));
  return {
    tau,
    energy: mean(runs.map((run) => run.energy)),
    headNorm: mean(runs.map((run) => run.headNorm)),
    learningRate: over((run) => run.learningRate),
    diverged: runs.some((run) => run.diverged),
    collapsed: runs.some((run) => run.collapsed),
    score: over((run) => run.score),
    bestEpoch: over((run) => run.bestEpoch),
    euclidean: over((run) => run.euclidean),
    cosine: over((run) => run.cosine),
    dot: over((run) => run.dot),
    norm: over((run) => run.norm),
    scores: runs.flatMap((run) => run.score ?? []),
    bySeed: runs.flatMap((run) => (run.score === null ? [] : [{ ...run, score: run.score }])),
    hits: only(runs)?.hits ?? null,
    contributions: only(runs)?.contributions ?? null,
  };
}

/** Sample by sample, runs are compared where there is one seed: several are compared seed by seed. */
function only<T>(runs: readonly T[]): T | undefined {
  return runs.length === 1 ? runs[0] : undefined;
}

function mean(values: readonly number[]): number {
  return meanAndSpread(values).mean;
}

function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? mean(known) : null;
}
