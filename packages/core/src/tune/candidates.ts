import { methods } from "../finetune/methods.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { tauKey } from "../probe/taus.js";
import { bestOfEach, bestWithin, epochsLeft, halfAndEnd, successiveHalving } from "./halving.js";
import type { Job } from "./job.js";
import type { Probed } from "./probing.js";
import { learningRateOf } from "./rate.js";
import type { TuneRow } from "./results.js";
import type { Settings } from "./settings/index.js";
import type { Store } from "./store.js";
import type { RunTrial } from "./trial.js";

/**
 * The rates that `taus: "auto"` with `lr: "auto"` tries, around the one that range tests find: it is a rough guide, and which
 * is better shows only in training. Clipped steps of sgd cannot explode, and many networks bear more than the tests say.
 */
function ratesOf({ clipNorm, optimizer }: Settings): { name: string; timesFound: number }[] {
  const [lower, higher] = clipNorm !== "none" && optimizer === "sgd" ? [1, 2] : [1 / 2, 3 / 2];
  return [
    { name: "lower-rate", timesFound: lower },
    { name: "higher-rate", timesFound: higher },
  ];
}

/** A run that competes. */
export interface Candidate {
  readonly stop: ProbeStop;
  /** Which multiple of the rate that is found. */
  readonly timesFound: number;
  /** For this run alone. */
  readonly store: Store;
}

/** The runs that compete: one from each tau, or one at each rate. */
export function candidatesOf({ settings, store }: Job, { candidates }: Probed): Candidate[] {
  const { lr, method } = settings;
  const from = (stop: ProbeStop, within: Store, timesFound: number): Candidate => ({
    stop,
    timesFound,
    store: within.within(`tau-${tauKey(stop.tau)}`),
  });
  if (!areChosen(settings) || lr !== "auto" || methods[method].trains === "nothing")
    return candidates.map((stop) => from(stop, store, 1));
  // The lowest tau has the longest way to go.
  const rates = ratesOf(settings);
  return candidates.flatMap((stop, i) =>
    (i === 0 ? rates.slice(-1) : rates).map(({ name, timesFound }) => from(stop, store.within(name), timesFound)),
  );
}

/** Whether the starts are this program's choice: those that were asked for all train to the end. */
function areChosen({ taus, energy }: Settings): boolean {
  return taus === "auto" && !energy;
}

export interface Trained {
  /** The better run of each tau, ascending. */
  rows: TuneRow[];
  otherRates: TuneRow[];
  candidateOf: (row: TuneRow) => Candidate;
}

/**
 * Those of a list of taus or energies all to the end; those of `auto` by successive halving: after half of the epochs the better half
 * at each rate trains on, and the lowest tau. What `auto` finds as a rate is found once, at the middle tau.
 */
export async function trainCandidates(job: Job, probed: Probed, run: RunTrial): Promise<Trained> {
  const { settings } = job;
  const { halving, epochs } = settings;
  const middle = probed.candidates[Math.floor(probed.candidates.length / 2)]!;
  const trains = methods[settings.method].trains !== "nothing";
  const trained = new Map<Candidate, TuneRow>();
  const train = async (candidate: Candidate, until: number): Promise<void> => {
    const { stop, timesFound, store } = candidate;
    const learningRate = trains ? await learningRateOf(job, stop, middle, timesFound) : null;
    trained.set(candidate, await run({ tau: stop.tau, learningRate, settings }, until, store));
  };
  const ends = areChosen(settings) && halving ? halfAndEnd(epochs) : [epochs];
  const advance = async (field: readonly Candidate[], until: number): Promise<(number | null)[]> => {
    for (const [done, candidate] of field.entries()) {
      job.search?.expect(epochsLeft(ends, ends.indexOf(until), field.length, done, survivorsOf));
      await train(candidate, until);
    }
    return field.map((candidate) => {
      const { epochs: history, diverged } = trained.get(candidate)!;
      return bestWithin(
        history.map((epoch) => epoch.validationScore!),
        until,
        diverged,
      );
    });
  };
  await successiveHalving(candidatesOf(job, probed), {
    rungs: ends,
    tau: ({ stop }) => stop.tau,
    survive: (standings) => bestOfEach(standings, ({ candidate }) => candidate.timesFound),
    advance,
  });

  const all = [...trained.values()];
  const taken = [...new Set(all.map((row) => row.tau))];
  const rows = taken.map((tau) => all.filter((row) => row.tau === tau).reduce(better));
  const candidateOf = new Map([...trained].map(([candidate, row]) => [row, candidate]));
  return { rows, otherRates: all.filter((row) => !rows.includes(row)), candidateOf: (row) => candidateOf.get(row)! };
}

/** Half of each rate's, and the lowest tau. */
function survivorsOf(field: number): number {
  return Math.min(field, Math.floor(field / 2) + 1);
}

/** A sound one before one that collapsed or diverged; then the one that went further, of equals the one of higher validation score, and then the first. */
function better(a: TuneRow, b: TuneRow): TuneRow {
  const order = (row: TuneRow): number[] => [
    row.diverged ? 0 : row.collapsed ? 1 : 2,
    row.stopped ? row.epochs.length : Infinity,
    row.bestValidationScore ?? -Infinity,
  ];
  const [first, second] = [order(a), order(b)];
  const i = first.findIndex((value, k) => value !== second[k]);
  return i >= 0 && second[i]! > first[i]! ? b : a;
}
