import type { Convergence, ProbingPoint } from "@taskhead/core/internals";
import { plural, short, tau } from "./format.js";

const ends: Record<Convergence["reason"], string> = {
  tolerance: "where the gradient was small enough",
  iterations: "at the cap on iterations, short of the optimum",
  precision: "where rounding hid any further decrease",
};

/** What the optima of this run are, for the reader of its numbers. */
export function convergenceSentences(probing: readonly Pick<ProbingPoint, "tau" | "convergence">[]): string[] {
  return probing.flatMap(({ tau: value, convergence }) => {
    if (!convergence) return [];
    const { iterations, gradientNorm, reason } = convergence;
    return [
      `τ = ${tau(value)} is the optimum ${penaltyOf(convergence)}: L-BFGS stopped after ${plural(iterations, "iteration")} ${ends[reason]} (gradient norm ${gradientNorm.toExponential(1)}).`,
    ];
  });
}

/** With which penalty, and who chose it. */
function penaltyOf({ strength, lambda, choice }: Convergence): string {
  if (strength === 0) return "without a penalty";
  const size = `the L2 penalty λ/2 ‖W‖², λ = ${short(lambda)} (strength ${short(strength)})`;
  if (!choice) return `with ${size}`;
  if (choice.by === "default") return `with ${size}, the usual 1/N, as there is no validation score to choose it by`;
  const end = strength === choice.tried.at(-1)?.strength ? ", and weaker ones might do better" : "";
  return `with ${size}, the best on validation of ${plural(choice.tried.length, "strength")} tried${end}`;
}
