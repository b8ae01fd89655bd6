import type { GraphBuilder, Value } from "../builder.js";
import { ModelError } from "../graph/errors.js";

/** √Σ‖g‖² over all of them, a scalar. */
export function globalNorm(b: GraphBuilder, gradients: ReadonlyMap<Value, Value>): Value {
  const squares = [...gradients.values()].map((g) => b.op("ReduceSumSquare", [g], { keepdims: 0 }));
  return b.sqrt(b.op("Sum", squares));
}

/**
 * Clips gradients by their global norm, as PyTorch's `clip_grad_norm_` does: with n = √Σ‖g‖² over all of them, every g
 * becomes g · min(1, maxNorm / (n + 1e-6)).
 * @param norm n, where it is there already
 * @returns the gradients as they are applied, and n, a scalar
 * @throws {ModelError} unless `maxNorm` is above 0: a negative one would climb the loss
 */
export function clipByGlobalNorm(
  b: GraphBuilder,
  gradients: ReadonlyMap<Value, Value>,
  maxNorm: number,
  norm = globalNorm(b, gradients),
): { gradients: Map<Value, Value>; norm: Value } {
  if (!(maxNorm > 0)) throw new ModelError(`gradients cannot be clipped to the norm ${maxNorm}; it must be above 0`);
  const factor = b.op("Min", [b.div(maxNorm, b.add(norm, 1e-6)), 1]);
  const clipped = new Map([...gradients].map(([parameter, g]) => [parameter, b.mul(g, factor)]));
  return { gradients: clipped, norm };
}
