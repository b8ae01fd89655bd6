import { Float, type Graph, type Model, type Node } from "../graph/model.js";
import { useCounts } from "./uses.js";

/**
 * β·m + A·B as one Gemm: where the gradient of a weight is a product, its moving average needs no pass over memory of its
 * own.
 */
export function foldMomentum(model: Model): Model {
  const { graph } = model;
  const uses = useCounts(graph);
  const once = new Map(graph.nodes.filter((n) => uses.get(n.outputs[0]!) === 1).map((n) => [n.outputs[0]!, n]));
  const folded = new Set<Node>();
  const nodes = graph.nodes.map((add) => {
    if (add.opType !== "Add") return add;
    const terms = add.inputs.map((input) => once.get(input));
    const decay = terms.find((term) => term?.opType === "Mul");
    const product = terms.find((term) => term?.opType === "Gemm" && term.inputs.length === 2);
    if (!decay || !product) return add;
    const beta = scalarFactor(graph, decay);
    if (beta === undefined) return add;
    folded.add(decay).add(product);
    const attributes = { ...product.attributes, beta: new Float(beta) };
    return {
      ...product,
      name: add.name,
      inputs: [...product.inputs, decay.inputs[0]!],
      outputs: add.outputs,
      attributes,
    };
  });
  return { ...model, graph: { ...graph, nodes: nodes.filter((node) => !folded.has(node)) } };
}

/** The constant that a matrix among the graph's inputs is multiplied by; a Gemm would take any shape that broadcasts. */
function scalarFactor(graph: Graph, { inputs: [matrix, factor] }: Node): number | undefined {
  const type = graph.inputs.find(({ name }) => name === matrix)?.type;
  const constant = graph.initializers.get(factor!);
  return type?.shape.length === 2 && constant?.data.length === 1 ? Number(constant.data[0]) : undefined;
}
