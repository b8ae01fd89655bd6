import type { Weights } from "../engine/weights.js";

/**
 * Between two sets of weights: (1 − share) · from + share · to.
 * @throws {Error} unless both have the same names and sizes
 */
export function between(from: Weights, to: Weights, share: number): Map<string, Float32Array> {
  if (from.size !== to.size)
    throw new Error(`weights of ${from.size} names cannot be averaged with those of ${to.size}`);
  return new Map(
    [...from].map(([name, data]) => {
      const other = to.get(name);
      if (other?.length !== data.length) throw new Error(`the weights '${name}' are not of one size in both`);
      // No `map`: a call for each of some ten million numbers takes five times as long.
      const mixed = new Float32Array(data.length);
      for (let i = 0; i < mixed.length; i++) mixed[i] = (1 - share) * data[i]! + share * other[i]!;
      return [name, mixed];
    }),
  );
}

/** The mean of several sets of weights, read one after another: two are in memory at a time. */
export async function meanOf(all: readonly (() => Promise<Weights>)[]): Promise<Weights> {
  let mean: Weights = new Map();
  for (const [count, read] of all.entries()) {
    const next = await read();
    mean = count === 0 ? next : between(mean, next, 1 / (count + 1));
  }
  return mean;
}

/**
 * The greedy soup (Wortsman et al. 2022, "Model soups", recipe 1): from the best model on, each one joins if the average
 * with it scores no lower than the average without.
 * @param ranked best first, at least one
 * @param measure scores the average of these, on validation samples
 */
export async function greedySoup<Model, Measured extends { readonly score: number }>(
  ranked: readonly Model[],
  measure: (models: readonly Model[]) => Promise<Measured>,
): Promise<{ models: Model[]; measured: Measured }> {
  let models = ranked.slice(0, 1);
  let measured = await measure(models);
  for (const model of ranked.slice(1)) {
    const larger = await measure([...models, model]);
    if (larger.score >= measured.score) [models, measured] = [[...models, model], larger];
  }
  return { models, measured };
}
