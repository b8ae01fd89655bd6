import { floatAttribute, intAttribute, type Attribute, type Graph, type Model, type Node } from "../graph/model.js";
import { freshNames } from "../graph/names.js";
import { float32, int64, type Tensor } from "../graph/tensor.js";
import { producers, usedOnce } from "../graph/walk.js";

/**
 * A BatchNormalization with fixed statistics behind a Conv or a Gemm becomes part of it:
 * W' = W·γ/√(σ² + ε), b' = β + (b − μ)·γ/√(σ² + ε), computed in the graph from the live parameters. The gradients of
 * W, γ and β follow from those of W' and b' by the chain rule, and no pass over activations is left.
 */
export function foldBatchNormalization(model: Model): Model {
  const { graph } = model;
  const makers = producers(graph.nodes);
  const once = usedOnce(graph);
  const initializers = new Map(graph.initializers);
  const fresh = freshNames(graph);
  const absorbed = new Set<Node>();
  const replaced = new Map<Node, Node[]>();
  for (const norm of graph.nodes) {
    const layer = norm.opType === "BatchNormalization" ? makers.get(norm.inputs[0]!) : undefined;
    const training = intAttribute(norm, "training_mode", 0) !== 0 || norm.outputs.length > 1;
    if (!layer || layer.domain !== "" || !once.has(layer.outputs[0]!) || training) continue;
    const axes =
      layer.opType === "Conv" ? kernelAxes(graph, layer) : layer.opType === "Gemm" ? inputAxis(layer) : undefined;
    if (!axes) continue;
    absorbed.add(layer);
    replaced.set(norm, folded(layer, norm, axes, { initializers, fresh }));
  }
  const nodes = graph.nodes.filter((n) => !absorbed.has(n)).flatMap((n) => replaced.get(n) ?? [n]);
  return { ...model, graph: { ...graph, nodes, initializers } };
}

/** The axes of a Conv's weights behind the output channel: 1 … rank − 1. */
function kernelAxes({ initializers, inputs }: Graph, { inputs: [, weight] }: Node): number[] | undefined {
  const rank =
    initializers.get(weight!)?.shape.length ?? inputs.find(({ name }) => name === weight)?.type?.shape.length;
  return rank ? Array.from({ length: rank - 1 }, (_, i) => i + 1) : undefined;
}

/** The axis of a Gemm's weights that is not its outputs'. Of a part of its bias, which it gets, nothing would come out right. */
function inputAxis(gemm: Node): number[] | undefined {
  if (floatAttribute(gemm, "beta", 1) !== 1) return undefined;
  return [intAttribute(gemm, "transB", 0) ? 1 : 0];
}

/** Where new constants go, and what makes names. */
interface Adding {
  initializers: Map<string, Tensor>;
  fresh(stem: string): string;
}

/** @param axes of the weights, all but that of the outputs */
function folded(layer: Node, norm: Node, axes: readonly number[], { initializers, fresh }: Adding): Node[] {
  const [, scale, shift, mean, variance] = norm.inputs as [string, string, string, string, string];
  const stem = norm.outputs[0]!;
  const value = (part: string) => fresh(`${stem}/folded/${part}`);
  const nodes: Node[] = [];
  const append = (part: string, opType: string, inputs: string[], attributes: Record<string, Attribute> = {}) => {
    const name = value(part);
    nodes.push({ name, opType, domain: "", inputs, outputs: [name], attributes });
    return name;
  };
  const constant = (part: string, tensor: Tensor): string => {
    const name = value(part);
    initializers.set(name, tensor);
    return name;
  };
  const epsilon = constant("epsilon", float32([floatAttribute(norm, "epsilon", 1e-5)], []));
  const deviation = append("deviation", "Sqrt", [append("variance", "Add", [variance, epsilon])]);
  const factor = append("factor", "Div", [scale, deviation]);
  const weight = append("weight", "Mul", [
    layer.inputs[1]!,
    append("factors", "Unsqueeze", [factor, constant("axes", int64([...axes]))]),
  ]);
  const centre = layer.inputs[2] ? append("centre", "Sub", [mean, layer.inputs[2]]) : mean;
  const bias = append("bias", "Sub", [shift, append("offset", "Mul", [centre, factor])]);
  nodes.push({ ...layer, inputs: [layer.inputs[0]!, weight, bias], outputs: [stem] });
  return nodes;
}
