import { floatAttribute, intAttribute, type Attribute, type Model, type Node } from "../graph/model.js";
import { float32, int64, type Tensor } from "../graph/tensor.js";
import { producers, usedOnce } from "../graph/walk.js";

/**
 * A BatchNormalization with fixed statistics behind a Conv becomes part of the Conv:
 * W' = W·γ/√(σ² + ε), b' = β + (b − μ)·γ/√(σ² + ε), computed in the graph from the live parameters. The gradients of
 * W, γ and β follow from those of W' and b' by the chain rule, and no pass over activations is left.
 */
export function foldBatchNormalization(model: Model): Model {
  const { graph } = model;
  const makers = producers(graph.nodes);
  const once = usedOnce(graph);
  const rank = (conv: Node) =>
    graph.initializers.get(conv.inputs[1]!)?.shape.length ??
    graph.inputs.find((i) => i.name === conv.inputs[1])?.type?.shape.length;

  const initializers = new Map(graph.initializers);
  const absorbed = new Set<Node>();
  const replaced = new Map<Node, Node[]>();
  for (const norm of graph.nodes) {
    const conv = norm.opType === "BatchNormalization" ? makers.get(norm.inputs[0]!) : undefined;
    const training = intAttribute(norm, "training_mode", 0) !== 0 || norm.outputs.length > 1;
    if (conv?.opType !== "Conv" || conv.domain !== "" || !once.has(conv.outputs[0]!) || training || !rank(conv))
      continue;
    absorbed.add(conv);
    replaced.set(norm, folded(conv, norm, rank(conv)!, initializers));
  }
  const nodes = graph.nodes.filter((n) => !absorbed.has(n)).flatMap((n) => replaced.get(n) ?? [n]);
  return { ...model, graph: { ...graph, nodes, initializers } };
}

function folded(conv: Node, norm: Node, rank: number, initializers: Map<string, Tensor>): Node[] {
  const [, scale, shift, mean, variance] = norm.inputs as [string, string, string, string, string];
  const stem = norm.outputs[0]!;
  const value = (part: string) => `${stem}/folded/${part}`;
  const nodes: Node[] = [];
  const append = (part: string, opType: string, inputs: string[], attributes: Record<string, Attribute> = {}) => {
    nodes.push({ name: value(part), opType, domain: "", inputs, outputs: [value(part)], attributes });
    return value(part);
  };
  initializers.set(value("epsilon"), float32([floatAttribute(norm, "epsilon", 1e-5)], []));
  // The kernel's axes behind the output channel: 1 … rank−1.
  initializers.set(value("axes"), int64(Array.from({ length: rank - 1 }, (_, i) => i + 1)));
  const deviation = append("deviation", "Sqrt", [append("variance", "Add", [variance, value("epsilon")])]);
  const factor = append("factor", "Div", [scale, deviation]);
  const weight = append("weight", "Mul", [conv.inputs[1]!, append("factors", "Unsqueeze", [factor, value("axes")])]);
  const centre = conv.inputs[2] ? append("centre", "Sub", [mean, conv.inputs[2]]) : mean;
  const bias = append("bias", "Sub", [shift, append("offset", "Mul", [centre, factor])]);
  nodes.push({ ...conv, inputs: [conv.inputs[0]!, weight, bias], outputs: [stem] });
  return nodes;
}
