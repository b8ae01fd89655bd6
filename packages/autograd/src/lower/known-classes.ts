import type { GraphBuilder, Value } from "../builder.js";
import { bounded } from "../graph/bounded.js";
import { float32 } from "../graph/tensor.js";

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
  const zeros = b.constant(float32(new Float32Array(bounded(classes))));
  const ignored = ignoreIndex === undefined ? "or an ignoreIndex" : `or ${ignoreIndex}`;
  const name = b.fresh(`a target is no class (0 to ${classes - 1}, ${ignored})`);
  return b.add(number, b.op("ReduceSum", [b.op("Gather", [zeros, own], {}, { name })], { keepdims: 0 }));
}
