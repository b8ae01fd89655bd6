import { sizeOf } from "@taskhead/autograd";
import type { Engine } from "../engine/engine.js";
import { rows, type CachedValues } from "../data/cached-values.js";
import { inOrder } from "../data/samples.js";
import type { WeightedSession } from "../engine/weighted-session.js";
import type { Weights } from "../engine/weights.js";
import type { BatchNorm } from "./reinitialise.js";

/** Cached values [N, …] and how to feed them. */
export interface StatisticsInput {
  engine: Engine;
  values: CachedValues;
  /** The input's name, and the shape of one sample. */
  name: string;
  shape: readonly number[];
  /** All samples, shuffled: in the order of a folder a batch would hold a single class. */
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
  const moments = norms.map(({ channels }) => ({
    mean: new Float64Array(channels),
    square: new Float64Array(channels),
  }));
  for (const indices of inOrder(order, batch)) {
    const share = indices.length / order.length;
    const tensor = engine.tensor("float32", rows(values, sizeOf(shape), indices), [indices.length, ...shape]);
    const outputs = await session.run(weights, { [name]: tensor });
    norms.forEach(({ mean, variance }, i) => {
      const [m, v] = [mean, variance].map((of) => outputs[`batch.${of}`]!.data as Float32Array) as [
        Float32Array,
        Float32Array,
      ];
      m.forEach((value, c) => {
        moments[i]!.mean[c]! += value * share;
        moments[i]!.square[c]! += (v[c]! + value ** 2) * share;
      });
    });
  }
  return new Map(
    norms.flatMap(({ mean, variance }, i): [string, Float32Array][] => {
      const { mean: m, square } = moments[i]!;
      return [
        [mean, Float32Array.from(m)],
        [variance, Float32Array.from(square, (s, c) => Math.max(0, s - m[c]! ** 2))],
      ];
    }),
  );
}
