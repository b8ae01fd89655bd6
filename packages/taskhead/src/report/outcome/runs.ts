import type { TuneResults, TuneRow } from "@taskhead/core";
import {
  compareScores,
  compareTaus,
  type BestRun,
  type Difference,
  type ProbingPoint,
  type Scored,
} from "@taskhead/core/internals";
import { exportedBlend } from "../../words/blends.js";
import { finite } from "../../words/format.js";

/** How a run failed: it is then no measure of another. */
export type Failure = "diverged" | "collapsed";

/** How far the winner is above another, both on the validation samples. */
export function compare(results: TuneResults, best: BestRun, other: Scored): Difference {
  const winner = { ...(exportedBlend(results) ?? reached(winnerOf(results, best))), score: best.validationScore };
  return compareScores(winner, other, { metric: results.metric, samples: results.data.validation.count });
}

/** Probing gets the same favour as fine-tuning, its best moment on the validation images. */
export function bestProbing(probing: ProbingPoint[]): ProbingPoint | null {
  const scored = probing.filter((point) => finite(point.validationScore) !== null);
  return scored.reduce<ProbingPoint | null>(
    (best, point) => (best === null || point.validationScore! > best.validationScore! ? point : best),
    null,
  );
}

export function failureOf({ diverged, collapsed }: TuneRow): Failure | null {
  return diverged ? "diverged" : collapsed ? "collapsed" : null;
}

/** The best epoch of a run, sample by sample where that was kept. */
export function reached(row: TuneRow | undefined): Scored | null {
  return row ? scored(row.bestValidationScore, row) : null;
}

export function scored(score: number | null, { hits, contributions }: Omit<Scored, "score">): Scored | null {
  return finite(score) === null ? null : { score: score!, hits, contributions };
}

/** Of the runs with a probed head the best that was trained to the end; the longest-probed where none was. */
export function bestProbed(rows: TuneRow[]): TuneRow | undefined {
  const finished = rows.filter((row) => row.tau !== 0 && !failureOf(row));
  if (finished.length === 0) return longest(rows);
  return finished.reduce((a, b) => (b.bestValidationScore! > a.bestValidationScore! ? b : a));
}

export function longest(rows: TuneRow[]): TuneRow | undefined {
  return rows.reduce<TuneRow | undefined>(
    (last, row) => (last && compareTaus(last.tau, row.tau) >= 0 ? last : row),
    undefined,
  );
}

export function winnerOf({ rows }: TuneResults, best: BestRun): TuneRow | undefined {
  return rows.find((row) => row.tau === best.tau);
}
