import type { Model } from "../graph/model.js";
import { dependents, uses } from "../graph/walk.js";

/** Which inputs of a layer are its bias or scale. */
const layers: Readonly<Record<string, readonly number[]>> = {
  Conv: [2],
  ConvTranspose: [2],
  Gemm: [2],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  PRelu: [1],
};

/** Elementwise operators: a parameter that meets activations here shifts or scales them. */
const elementwise = new Set(["Add", "Sub", "Mul", "Div"]);

/** Operators that pass their first input on in another shape. */
const reshaping = new Set(["Cast", "Expand", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]);

/**
 * The parameters that a model uses only to shift or scale activations: biases of layers, γ and β of normalisations,
 * slopes, position embeddings that are added whole. They are found by where they enter the graph, whatever their names; weight decay
 * customarily leaves them alone (He et al. 2019, "Bag of tricks", section 3.1).
 */
export function biasesAndScales({ graph }: Model, parameters: readonly string[]): Set<string> {
  const activations = dependents(
    graph.nodes,
    graph.inputs.map((input) => input.name),
  );
  const users = uses(graph.nodes);
  const onlyShiftsOrScales = (value: string): boolean =>
    (users.get(value) ?? []).every(({ node, input }) => {
      if (layers[node.opType]?.includes(input)) return true;
      if (elementwise.has(node.opType) && activations.has(node.inputs[1 - input]!)) return true;
      // Arithmetic among parameters, such as a weight that another one normalises, says nothing yet.
      const passedOn = elementwise.has(node.opType) || (reshaping.has(node.opType) && input === 0);
      return passedOn && onlyShiftsOrScales(node.outputs[0]!);
    });
  return new Set(parameters.filter((name) => users.has(name) && onlyShiftsOrScales(name)));
}
