import { methods } from "../../finetune/methods.js";
import { meanAndSpread } from "../../measures/seed-statistics.js";
import type { Tau } from "../../probe/taus.js";
import type { FoldsRow, TuneResults, TuneRow } from "../results.js";
import type { Settings } from "../settings/index.js";
import type { Store } from "../store/store.js";

/** A run whose validation samples are a fold, and whose training samples are all others. */
export interface FoldRun {
  readonly results: TuneResults;
  readonly store: Store;
  /** The fold: indices of the refit's training samples. */
  readonly samples: readonly number[];
}

/** What of the folds is trained anew on all samples. */
export interface RefitPlan {
  /** The place of the candidate in `rowsOfFolds`. */
  readonly chosen: number;
  /** null where each fold found its own. */
  readonly tau: Tau | null;
  /** null where nothing is trained after probing. */
  readonly learningRate: number | null;
  readonly epochs: number;
  /** Of `converged`: the strength of the L2 penalty. */
  readonly penalty?: number;
}

/**
 * The candidates over the folds: by their tau, or the only one of each fold, whose tau `auto` found there.
 * @returns those that every fold has trained
 */
export function rowsOfFolds(folds: readonly Pick<FoldRun, "results">[]): FoldsRow[] {
  const all = folds.map(({ results }) => results.rows);
  const [first = []] = all;
  const single = all.every((rows) => rows.length === 1);
  return first.flatMap(({ tau }): FoldsRow[] => {
    const runs = all.map((rows) => (single ? rows[0] : rows.find((row) => row.tau === tau)));
    return runs.every((run) => run !== undefined) ? [rowOf(runs)] : [];
  });
}

function rowOf(runs: readonly TuneRow[]): FoldsRow {
  const scores = runs.map((run) => (run.diverged ? null : run.bestValidationScore));
  const known = scores.filter((score) => score !== null);
  const { mean, spread } = meanAndSpread(known);
  const whole = known.length === runs.length;
  return {
    taus: runs.map(({ tau }) => tau),
    scores,
    mean: whole ? mean : null,
    error: whole && spread !== null ? spread / Math.sqrt(runs.length) : null,
    learningRates: runs.map(({ learningRate }) => learningRate),
    epochs: runs.map(({ bestEpoch }) => bestEpoch),
    collapsed: runs.some(({ collapsed }) => collapsed),
  };
}

/**
 * What is trained on all samples: the candidate with the highest mean score, at the folds' median rate and, of the head with
 * the L2 penalty that validation chooses, their median strength. No sample is left to choose an epoch by: it is the last one
 * where the rate comes down, as late epochs are the better ones there, else the median of those that the folds kept.
 * @returns undefined where every candidate diverged in some fold
 */
export function refitPlan(
  rows: readonly FoldsRow[],
  folds: readonly Pick<FoldRun, "results">[],
  { schedule, epochs, method }: Pick<Settings, "schedule" | "epochs" | "method">,
): RefitPlan | undefined {
  const sound = rows.filter((row) => row.mean !== null && !row.collapsed);
  const field = sound.length > 0 ? sound : rows.filter((row) => row.mean !== null);
  const best = field.reduce<FoldsRow | undefined>((a, b) => (a && a.mean! >= b.mean! ? a : b), undefined);
  if (!best) return undefined;
  const [tau] = best.taus;
  const rates = best.learningRates.filter((rate) => rate !== null);
  const penalties = folds.flatMap(({ results }) =>
    results.probing.flatMap(({ tau, convergence }) =>
      tau === "converged" && convergence ? [convergence.strength] : [],
    ),
  );
  const trains = methods[method].trains !== "nothing";
  return {
    chosen: rows.indexOf(best),
    tau: best.taus.every((one) => one === tau) ? tau! : null,
    learningRate: trains ? median(rates) : null,
    epochs: trains && schedule === "constant" ? Math.round(median(best.epochs.map(Number))) : epochs,
    ...(penalties.length > 0 ? { penalty: median(penalties) } : {}),
  };
}

/** Of two in the middle the lower, so that it is one that a fold has had. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}
