import type { GraphBuilder, Value } from "../builder.js";

/** A value normalised by its batch, and by what. */
export interface Normalized {
  readonly y: Value;
  /** m, [channels] */
  readonly mean: Value;
  /** v, the mean square of x − m (biased), [channels] */
  readonly variance: Value;
}

/**
 * BatchNormalization in training mode, in plain operators that have gradients: y = γ·(x − m)/√(v + ε) + β, with the mean m
 * and the variance v of each channel over the batch and all positions (Ioffe and Szegedy 2015). Gradients flow through both.
 * @param x [batch, channels, …]
 * @param scale γ, [channels]
 * @param shift β, [channels]
 */
export function normalizeByBatch(b: GraphBuilder, x: Value, scale: Value, shift: Value, epsilon: number): Normalized {
  const positions = b.shape(x).flatMap((_, i) => (i < 2 ? [] : [i]));
  const others = b.ints([0, ...positions]);
  const average = (v: Value) => b.op("ReduceMean", [v, others], { keepdims: 1 });
  const perChannel = (v: Value) => b.op("Reshape", [v, b.ints([-1, ...positions.map(() => 1)])]);
  const mean = average(x);
  const centred = b.sub(x, mean);
  const variance = average(b.mul(centred, centred));
  const normal = b.div(centred, b.sqrt(b.add(variance, epsilon)));
  return {
    y: b.add(b.mul(normal, perChannel(scale)), perChannel(shift)),
    mean: b.op("Squeeze", [mean, others]),
    variance: b.op("Squeeze", [variance, others]),
  };
}
