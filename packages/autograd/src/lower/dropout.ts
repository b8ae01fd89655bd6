import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import type { Node } from "../graph/model.js";
import type { Shape } from "../graph/tensor.js";

/** An input that a Dropout multiplies by: each element is 0 with probability `ratio`, else 1/(1 − ratio). */
export interface DropoutMask {
  readonly name: string;
  readonly shape: Shape;
  readonly ratio: number;
}

/** The mask of a Dropout as a new input, put down among the others; undefined where nothing is dropped. */
export function dropoutMask(
  b: GraphBuilder,
  masks: DropoutMask[],
  node: Node,
  x: Value,
  ratio: number | undefined,
): Value | undefined {
  if (ratio === 0) return undefined;
  if (ratio === undefined) throw new UnsupportedError(node, "its ratio is computed at run time; make it constant");
  const name = b.input(`dropout.${node.name || node.outputs[0]!}`, "float32", b.shape(x));
  masks.push({ name, shape: b.shape(x), ratio });
  return name;
}
