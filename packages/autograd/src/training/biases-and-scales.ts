import type { Graph, Model, Node } from "../graph/model.js";

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
 * slopes, additive position embeddings. They are found by where they enter the graph, whatever their names; weight decay
 * customarily leaves them alone (He et al. 2019, "Bag of tricks", section 3.1).
 */
export function biasesAndScales({ graph }: Model, parameters: readonly string[]): Set<string> {
  const activations = dependants(graph);
  const users = usersOf(graph);
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

/** The values that depend on the model's inputs. */
function dependants(graph: Graph): Set<string> {
  const found = new Set(graph.inputs.map((i) => i.name));
  for (const node of graph.nodes) if (node.inputs.some((i) => found.has(i))) node.outputs.forEach((o) => found.add(o));
  return found;
}

interface Use {
  node: Node;
  /** Which of the node's inputs. */
  input: number;
}

function usersOf(graph: Graph): Map<string, Use[]> {
  const users = new Map<string, Use[]>();
  for (const node of graph.nodes)
    node.inputs.forEach((name, input) => users.set(name, [...(users.get(name) ?? []), { node, input }]));
  return users;
}
