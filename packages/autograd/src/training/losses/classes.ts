import type { GraphBuilder, Value } from "../../builder.js";
import { ModelError } from "../../graph/errors.js";
import { float32, int64 } from "../../graph/tensor.js";

/** Adds the input `target`, class indices [batch, …], and the targets t that follow from it, in the logits' shape. */
export function attachClasses(b: GraphBuilder, logits: Value, smoothing: number): Value {
  const shape = b.shape(logits);
  const classes = shape[1];
  if (typeof classes !== "number")
    throw new ModelError(
      `'${logits}' has shape [${shape.join(", ")}], no fixed number of classes in axis 1; name the logits, [batch, classes, …]`,
    );
  const target = b.input(
    "target",
    "int64",
    shape.filter((_, i) => i !== 1),
  );
  const spatial = shape.slice(2).map(() => 1);
  const indices = b.constant(int64([...Array(classes).keys()], [classes, ...spatial]));
  const hot = b.cast(b.op("Equal", [b.op("Unsqueeze", [target, b.ints([1])]), indices]), "float32");
  return smoothing === 0 ? hot : b.add(b.mul(hot, 1 - smoothing), smoothing / classes);
}

/**
 * The number, where every target is a class or the index that does not count; else the runtime stops with an error that
 * names the node, and with it the classes. WebGPU has no such error: there, targets are to be checked beforehand.
 */
export function ofKnownClasses(
  b: GraphBuilder,
  number: Value,
  classes: number,
  target: Value,
  ignoreIndex?: number,
): Value {
  if (b.engine === "webgpu") return number;
  const counted =
    ignoreIndex === undefined ? target : b.where(b.op("Equal", [target, b.integer(ignoreIndex)]), b.integer(0), target);
  // A Gather counts negative indices from the end: they are moved to where there is nothing.
  const own = b.where(b.op("Less", [counted, b.integer(0)]), b.sub(counted, b.integer(classes)), counted);
  const zeros = b.constant(float32(new Float32Array(classes)));
  const ignored = ignoreIndex === undefined ? "or an ignoreIndex" : `or ${ignoreIndex}`;
  const name = b.fresh(`a target is no class (0 to ${classes - 1}, ${ignored})`);
  return b.add(number, b.op("ReduceSum", [b.op("Gather", [zeros, own], {}, { name })], { keepdims: 0 }));
}

/** The batch's samples, with their positions where logits are dense. */
export function sampleCount(b: GraphBuilder): Value {
  return b.cast(b.op("Size", ["target"]), "float32");
}
