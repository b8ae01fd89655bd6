import type { Tau, TuneResults } from "@taskhead/core";
import { isDialled, isOptimum, scoreError } from "@taskhead/core/internals";
import { NBSP, scoreNumber, tau } from "../../words/format.js";

/** "4 epochs of head probing", "head probing to convergence". */
export function probed(value: Tau, probing = "head probing"): string {
  if (isDialled(value)) return `${probing} to an energy of ${tau(value)}`;
  if (isOptimum(value)) return `${probing} to convergence${value === "converged" ? "" : ", without a penalty"}`;
  return `${tau(value)}${NBSP}epoch${value === 1 ? "" : "s"} of ${probing}`;
}

/** " (±1.2 points, one standard error)"; empty where that is not known. */
export function plusMinus(score: number, samples: number, { metric }: TuneResults): string {
  const error = scoreError(score, { metric, samples });
  return error === null ? "" : ` (±${NBSP}${scoreNumber(error, metric)}, one standard error)`;
}
