import type { GraphBuilder, Value } from "../builder.js";
import { float32, type Tensor } from "../graph/tensor.js";

/** A quadratic penalty on one parameter, strength/2 · ‖p − c‖², as part of what a training step minimises. */
export interface Penalty {
  readonly strength: number;
  /** c: the parameter's value in the model, where training starts, or 0. */
  readonly around: "start" | "zero";
}

/**
 * The gradients of the loss with its penalties: g + strength · (p − c). They are part of the loss, so they come before
 * clipping and go through an optimizer's averages; decay that an optimizer keeps apart, as AdamW does, is not this.
 * @param starts the model's initializers
 * @param penaltyOf undefined for a parameter without one; strength 0 is none either
 */
export function withPenalties(
  b: GraphBuilder,
  gradients: ReadonlyMap<Value, Value>,
  starts: ReadonlyMap<string, Tensor>,
  penaltyOf: (parameter: string) => Penalty | undefined,
): Map<Value, Value> {
  const penalised = (parameter: Value, gradient: Value): Value => {
    const { strength, around } = penaltyOf(parameter) ?? { strength: 0, around: "zero" };
    if (strength === 0) return gradient;
    const distance = around === "zero" ? parameter : b.sub(parameter, startOf(b, parameter, starts));
    return b.add(gradient, b.mul(distance, strength));
  };
  return new Map([...gradients].map(([parameter, gradient]) => [parameter, penalised(parameter, gradient)]));
}

/** A constant of its own: the parameter itself is an input of the graph. */
function startOf(b: GraphBuilder, parameter: string, starts: ReadonlyMap<string, Tensor>): Value {
  const { data, shape } = starts.get(parameter)!;
  return b.constant(float32(data as Float32Array, shape));
}
