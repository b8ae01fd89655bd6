import type { GraphBuilder, Value } from "./builder.js";
import { sizeOf } from "./graph/tensor.js";

/** Which inputs of an operator hold weights, where that is not all of them. BatchNormalization's statistics do not. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2],
  Clip: [],
  Pow: [],
  Where: [],
  Pad: [],
  Resize: [],
};

/**
 * The float weights of more than one element that the `ends` depend on, in the order of their first use: what
 * fine-tuning trains. BatchNormalization's running statistics are not among them.
 */
export function trainableParameters(b: GraphBuilder, ends: readonly Value[]): string[] {
  const needed = new Set(ends.map((e) => b.resolve(e)));
  for (const node of b.graph.nodes.toReversed())
    if (node.outputs.some((o) => needed.has(o))) node.inputs.forEach((i) => needed.add(i));
  const found = new Set<string>();
  for (const node of b.graph.nodes) {
    if (!node.outputs.some((o) => needed.has(o))) continue;
    const at = weightInputs[node.opType];
    node.inputs.forEach((name, i) => {
      const tensor = b.graph.initializers.get(name);
      if (tensor?.dtype === "float32" && sizeOf(tensor.shape) > 1 && (!at || at.includes(i))) found.add(name);
    });
  }
  return [...found];
}
