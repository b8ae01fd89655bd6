import type { Converged, Optimiser, PenaltyChoice } from "./converge.js";
import type { Weights } from "../engine/weights.js";

export interface ChoiceOptions {
  /** Whether the optimum is the same from every start. */
  convex: boolean;
  /** N */
  samples: number;
  /** The validation score of a head; null where there is none. */
  score: (weights: Weights) => Promise<number | null>;
}

/** Half decades from 10, where a head is hardly more than its biases, to 1e-6. */
const convexStrengths = Array.from({ length: 15 }, (_, i) => 10 ** (1 - i / 2));

/** Two decades past the best the path ends: penalties that are weaker still only cost time. */
const patience = 4;

/** Of each optimum on the path; the chosen one goes on to the end. */
const convexIterations = 300;

/** For what is slow to train: decades from 0.1 to 1e-5, with so many iterations each at most. */
const otherStrengths = Array.from({ length: 5 }, (_, i) => 10 ** (-1 - i));
const otherIterations = 100;

/**
 * The optimum with the L2 penalty whose strength is chosen on the validation set, as Kumar et al. (2022) probe: over a path
 * from strong to weak, each optimum the start of the next. The highest validation score decides; of equal ones, which a
 * small validation set gives often, the strongest penalty, whose head is the smallest. The path ends early where four
 * strengths in a row were below the best; equal ones do not end it, as very strong penalties all guess alike. Nothing in it
 * is random.
 *
 * Where the optimum depends on the start, as for a perceptron or reinitialised blocks, every strength starts from the head
 * it was given: from the optimum of a strong penalty, where units are dead, none would come back.
 */
export async function convergeByValidation(
  optimiser: Optimiser,
  start: Weights,
  { convex, samples, score }: ChoiceOptions,
): Promise<Converged> {
  const tried: PenaltyChoice["tried"] = [];
  const chosenBy = (by: PenaltyChoice["by"], { weights, convergence }: Converged): Converged => ({
    weights,
    convergence: { ...convergence, choice: { by, tried } },
  });
  // Whether there is a score is a matter of the validation targets, not of the head.
  if ((await score(start)) === null) return chosenBy("default", await optimiser.minimise(start, 1 / samples));
  let from = start;
  let best: Converged | undefined;
  let highest = -Infinity;
  for (const strength of convex ? convexStrengths : otherStrengths) {
    const found = await optimiser.minimise(from, strength, convex ? convexIterations : otherIterations);
    const validationScore = await score(found.weights);
    tried.push({ strength, validationScore });
    if (!best || (validationScore ?? -Infinity) > highest) [best, highest] = [found, validationScore ?? -Infinity];
    if (!convex) continue;
    from = found.weights;
    if (tried.slice(-patience).every((one) => (one.validationScore ?? -Infinity) < highest)) break;
  }
  const { weights, convergence } = best!;
  const unfinished = convex && convergence.reason === "iterations";
  return chosenBy("validation", unfinished ? await optimiser.minimise(weights, convergence.strength) : best!);
}
