import { bestOfEach, bestWithin, halfAndEnd, methods, successiveHalving } from "@taskhead/core";
import type { TuneRow } from "../report/index.js";
import { finetuneFrom, type Finetuning } from "./finetuning.js";

/**
 * The rates that `--taus auto` with `--lr auto` tries, around the one that range tests find: it is a rough guide, and which
 * is better shows only in training. The lowest tau, whose small W holds the first steps back, runs at the higher one alone.
 */
const rates = [
  { name: "lower-rate", timesFound: 1 / 2 },
  { name: "higher-rate", timesFound: 3 / 2 },
];

/**
 * The runs that compete: one from each tau, or one at each rate. What `auto` finds is found once, at the middle tau.
 * @param alone a run from each tau, ascending
 */
export function candidatesOf(alone: readonly Finetuning[]): Finetuning[] {
  const middle = alone[Math.floor(alone.length / 2)]!;
  const { taus, lr, method } = middle.options;
  const runs = alone.map((run) => ({ ...run, measuredAt: middle }));
  if (taus !== "auto" || lr !== "auto" || methods[method].trains === "nothing") return runs;
  return runs.flatMap((run, i) =>
    (i === 0 ? rates.slice(-1) : rates).map(({ name, timesFound }) => ({
      ...run,
      folder: run.folder.inside(name),
      timesFound,
    })),
  );
}

export interface Trained {
  /** The better run of each tau, ascending. */
  rows: TuneRow[];
  otherRates: TuneRow[];
  runOf: (row: TuneRow) => Finetuning;
}

/**
 * Those of a list of taus all to the end; those of `auto` by successive halving: after half of the epochs the better half
 * at each rate trains on, and the lowest tau.
 */
export async function trainCandidates(runs: readonly Finetuning[]): Promise<Trained> {
  const { taus, halving, epochs } = runs[0]!.options;
  const trained = new Map<Finetuning, TuneRow>();
  const advance = async (field: readonly Finetuning[], until: number): Promise<(number | null)[]> => {
    for (const run of field) trained.set(run, await finetuneFrom(run, until));
    return field.map((run) => {
      const { epochs: history, diverged } = trained.get(run)!;
      return bestWithin(
        history.map((epoch) => epoch.validationScore!),
        until,
        diverged,
      );
    });
  };
  await successiveHalving(runs, {
    rungs: taus === "auto" && halving ? halfAndEnd(epochs) : [epochs],
    tau: (run) => run.stop.tau,
    survive: (standings) => bestOfEach(standings, ({ candidate }) => candidate.timesFound),
    advance,
  });

  const all = [...trained.values()];
  const taken = [...new Set(all.map((row) => row.tau))];
  const rows = taken.map((tau) => all.filter((row) => row.tau === tau).reduce(better));
  const runOf = new Map([...trained].map(([run, row]) => [row, run]));
  return { rows, otherRates: all.filter((row) => !rows.includes(row)), runOf: (row) => runOf.get(row)! };
}

/** The one that went further, of equals the one of higher validation accuracy, and then the first. */
function better(a: TuneRow, b: TuneRow): TuneRow {
  const order = (row: TuneRow): number[] => [
    row.diverged ? 0 : 1,
    row.stopped ? row.epochs.length : Infinity,
    row.bestValidationScore ?? 0,
  ];
  const [first, second] = [order(a), order(b)];
  const i = first.findIndex((value, k) => value !== second[k]);
  return i >= 0 && second[i]! > first[i]! ? b : a;
}
