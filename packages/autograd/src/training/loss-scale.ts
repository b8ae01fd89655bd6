import type { LossInClosedForm } from "../append-gradients.js";
import type { GraphBuilder, Value } from "../builder.js";

/** The largest finite float32. */
const largest = 3.4028234663852886e38;

/** Steps without an overflow after which the scale is doubled, and the most that it grows to: beyond, the loss itself overflows. */
const [patience, most] = [2000, 2 ** 24];

const names = { scale: "loss.scale", sound: "loss.scale.steps" } as const;

/**
 * What dynamic loss scaling keeps from step to step (Micikevicius et al. 2018, section 3.2): the scale, and the steps since it
 * was changed.
 */
export const lossScaleState = [
  { name: names.scale, shape: [], initial: Float32Array.of(2 ** 16) },
  { name: names.sound, shape: [], initial: Float32Array.of(0) },
];

/** The inputs of the graph that hold it. */
export function attachLossScale(b: GraphBuilder): void {
  for (const { name, shape } of lossScaleState) b.input(name, "float32", shape);
}

/**
 * Where to differentiate from, so that all gradients are scale times as large and few of them are lost below float16's
 * smallest number. The scale is a power of two: it rounds nothing.
 */
export function scaled(b: GraphBuilder, from: Value | LossInClosedForm): LossInClosedForm {
  if (typeof from === "string")
    return { loss: from, gradients: new Map([[from, b.reshape(names.scale, b.shape(from))]]) };
  return { loss: from.loss, gradients: new Map([...from.gradients].map(([v, g]) => [v, b.mul(g, names.scale)])) };
}

/** Gradients of the loss itself, from those of the scaled one. */
export function unscaled(b: GraphBuilder, gradients: ReadonlyMap<Value, Value>): Map<Value, Value> {
  const factor = b.op("Reciprocal", [names.scale]);
  return new Map([...gradients].map(([parameter, g]) => [parameter, b.mul(g, factor)]));
}

/**
 * float32 [], 1 where all gradients are finite, else 0: a step that overflowed changes nothing but the scale.
 * @param norm of all gradients together: it is finite where they are, but for gradients of 1e19 and more
 */
export function finiteIf(b: GraphBuilder, norm: Value): Value {
  // A comparison with what is not a number does not hold.
  return b.mask("LessOrEqual", norm, largest);
}

/** The state after a step: the scale halved after an overflow, doubled after 2,000 steps without. */
export function nextLossScale(b: GraphBuilder, finite: Value): Map<string, Value> {
  const counted = b.mul(b.add(names.sound, 1), finite);
  const grows = b.mask("GreaterOrEqual", counted, patience);
  const grown = b.op("Min", [b.mul(names.scale, b.add(grows, 1)), most]);
  return new Map([
    [names.scale, b.where(b.cast(finite, "bool"), grown, b.mul(names.scale, 0.5))],
    [names.sound, b.mul(counted, b.sub(1, grows))],
  ]);
}
