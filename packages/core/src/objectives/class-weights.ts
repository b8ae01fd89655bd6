import { DataError } from "../given/errors.js";

/**
 * N / (k · n_c) for each class c: every class then counts the same in a mean over samples, and all weights together
 * average 1 over the samples (as scikit-learn's "balanced").
 * @param labels class indices, [N]; negative ones do not count
 * @param names of the classes
 * @returns [k]
 * @throws {DataError} if a class has no sample
 */
export function balancedWeights(labels: ArrayLike<number>, names: readonly string[]): number[] {
  const counts = names.map(() => 0);
  for (let n = 0; n < labels.length; n++) if (labels[n]! >= 0) counts[labels[n]!]!++;
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, c) => {
    if (count === 0)
      throw new DataError(
        `class '${names[c]}' has no training sample, so that balanced has no weight for it; add one, leave the class out, or give a weight for each class (option classWeights)`,
      );
    return all / (names.length * count);
  });
}
