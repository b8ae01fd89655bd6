import type { Tau, TuneResults } from "@taskhead/core";
import { isDialled, isOptimum, scoreError } from "@taskhead/core/internals";
import { NBSP, scoreNumber, tau } from "../../words/format.js";

/** "4 epochs of head probing", "head probing to convergence". */
export function probed(value: Tau, probing = "head probing"): string {
  if (isDialled(value)) return `${probing} to an energy of ${tau(value)}`;
  if (isOptimum(value)) return `${probing} to convergence${value === "converged" ? "" : ", without a penalty"}`;
  return `${tau(value)}${NBSP}epoch${value === 1 ? "" : "s"} of ${probing}`;
}

/** A score on some samples, with its standard error where results tell one. */
export interface Reached {
  readonly score: number;
  readonly samples: number;
  readonly error?: number | null | undefined;
}

/** " (±1.2 points, one standard error)"; empty where that is not known. Versions before told none; an accuracy's follows from itself. */
export function plusMinus({ score, samples, error }: Reached, { metric }: Pick<TuneResults, "metric">): string {
  const known = error ?? scoreError(score, { metric, samples });
  return known === null ? "" : ` (±${NBSP}${scoreNumber(known, metric)}, one standard error)`;
}
