import type { Engine } from "../engine.js";
import { rows } from "../cached-values.js";
import { batches } from "../images.js";
import type { WeightedSession } from "../weighted-session.js";
import type { Weights } from "../weights.js";
import type { BatchNorm } from "./reinitialise.js";

/** Cached values [N, …] and how to feed them: the input's name and the shape of one sample. */
export interface StatisticsInput {
  engine: Engine;
  values: Float32Array;
  name: string;
  shape: readonly number[];
  /** The sets of samples to run; shuffled, or a batch would hold a single class. */
  order: readonly number[];
  batch: number;
}

/**
 * The mean and variance of every BatchNorm's input over the training set, with the weights as they are now. Each layer
 * sees the ones below it normalised by their batch, as in training ("precise" BatchNorm, Wu and Johnson 2021): unlike a
 * moving average, the result belongs to these weights alone, and exists at tau = 0 as well.
 * @param session `withBatchStatistics` of the network
 */
export async function estimateStatistics(
  session: WeightedSession,
  norms: readonly BatchNorm[],
  weights: Weights,
  { engine, values, name, shape, order, batch }: StatisticsInput,
): Promise<Map<string, Float32Array>> {
  const size = shape.reduce((a, d) => a * d, 1);
  const sums = norms.map(({ mean }) => {
    const channels = weights.get(mean)!.length;
    return { mean: new Float64Array(channels), square: new Float64Array(channels) };
  });
  for (const indices of batches(order, batch)) {
    const tensor = engine.tensor("float32", rows(values, size, indices), [indices.length, ...shape]);
    const outputs = await session.run(weights, { [name]: tensor });
    norms.forEach(({ mean, variance }, i) => {
      const m = outputs[`batch.${mean}`]!.data as Float32Array;
      const v = outputs[`batch.${variance}`]!.data as Float32Array;
      m.forEach((value, c) => {
        sums[i]!.mean[c]! += (value * indices.length) / order.length;
        sums[i]!.square[c]! += ((v[c]! + value * value) * indices.length) / order.length;
      });
    });
  }
  return new Map(
    norms.flatMap(({ mean, variance }, i) => {
      const { mean: m, square } = sums[i]!;
      return [
        [mean, Float32Array.from(m)],
        [variance, Float32Array.from(square, (s, c) => Math.max(0, s - m[c]! ** 2))],
      ] as [string, Float32Array][];
    }),
  );
}
