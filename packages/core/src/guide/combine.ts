import { meanAndSpread } from "../measures/seed-statistics.js";
import { compareTaus, type Tau } from "../probe/taus.js";
import type { Evidence, ProbingEvidence, RunEvidence } from "./evidence.js";

/** One tau over all seeds: measures are means, `accuracies` and `hits` are seed by seed. */
export interface TauRun extends Omit<RunEvidence, "hits"> {
  accuracies: number[];
  hits: (string | null)[];
}

/** What several tunings that differ in their seed alone say together. */
export interface Combined extends Omit<Evidence, "runs"> {
  seeds: number;
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
    tested: tunings.every((one) => one.tested),
    batchNormShift: meanOrNull(tunings.map((one) => one.batchNormShift)),
    calibrationError: meanOrNull(tunings.map((one) => one.calibrationError)),
    seeds: tunings.length,
    probing: commonTaus(probing).map((tau) => averageProbing(tau, probing)),
    runs: commonTaus(runs).map((tau) => averageRun(tau, runs)),
  };
}

function commonTaus(lists: readonly (readonly { tau: Tau }[])[]): Tau[] {
  const all = lists.map((list) => list.map(({ tau }) => tau));
  return all[0]!.filter((tau) => all.every((taus) => taus.includes(tau))).sort(compareTaus);
}

function averageProbing(tau: Tau, lists: readonly (readonly ProbingEvidence[])[]): ProbingEvidence {
  const points = lists.map((list) => list.find((point) => point.tau === tau)!);
  return { tau, energy: mean(points.map((p) => p.energy)), accuracy: mean(points.map((p) => p.accuracy)) };
}

/** A tau that diverged with one seed counts as one that diverges. */
function averageRun(tau: Tau, lists: readonly (readonly RunEvidence[])[]): TauRun {
  const runs = lists.map((list) => list.find((run) => run.tau === tau)!);
  const over = (measure: (run: RunEvidence) => number | null): number | null => meanOrNull(runs.map(measure));
  return {
    tau,
    energy: mean(runs.map((run) => run.energy)),
    headNorm: mean(runs.map((run) => run.headNorm)),
    learningRate: over((run) => run.learningRate),
    diverged: runs.some((run) => run.diverged),
    stopped: runs.some((run) => run.stopped),
    accuracy: over((run) => run.accuracy),
    bestEpoch: over((run) => run.bestEpoch),
    euclidean: over((run) => run.euclidean),
    cosine: over((run) => run.cosine),
    accuracies: runs.flatMap((run) => run.accuracy ?? []),
    hits: runs.map((run) => run.hits),
  };
}

function mean(values: readonly number[]): number {
  return meanAndSpread(values).mean;
}

function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? mean(known) : null;
}
