import type { Convergence } from "@taskhead/core/internals";

const ends: Record<Convergence["reason"], string> = {
  tolerance: "where the gradient was small enough",
  iterations: "at the cap on iterations, short of the optimum",
  precision: "where rounding hid any further decrease",
};

/** What "converged" means in this run, for the reader of its numbers. */
export function convergenceSentence({ iterations, gradientNorm, reason }: Convergence): string {
  return `Converged: L-BFGS stopped after ${iterations} iterations ${ends[reason]} (gradient norm ${gradientNorm.toExponential(1)}).`;
}
