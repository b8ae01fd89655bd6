import { inputsOf, type Model } from "./graph/model.js";
import { sizeOf } from "./graph/tensor.js";
import { nodesFor } from "./graph/walk.js";

/** Which inputs of an operator hold weights, where that is not all of them. BatchNormalization's statistics do not. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [1, 2],
  Clip: [],
  OneHot: [],
  Pad: [],
  Pow: [],
  Resize: [],
  Upsample: [],
  Where: [],
};

/** Operators whose result does not depend on the elements of what they read. */
const blind = new Set(["Shape", "Size"]);

/**
 * The float weights of more than one element that the `ends` (the outputs, unless given) depend on, in the order of
 * their first use: what fine-tuning trains. BatchNormalization's running statistics are not among them.
 */
export function trainableParameters(
  { graph }: Model,
  ends: readonly string[] = graph.outputs.map((o) => o.name),
): string[] {
  const seeing = graph.nodes.filter((node) => !blind.has(node.opType));
  const found = new Set<string>();
  for (const node of nodesFor(seeing, ends)) {
    const at = weightInputs[node.opType];
    inputsOf(node).forEach((name, i) => {
      const tensor = graph.initializers.get(name);
      if (tensor?.dtype === "float32" && sizeOf(tensor.shape) > 1 && (!at || at.includes(i))) found.add(name);
    });
  }
  return [...found];
}
