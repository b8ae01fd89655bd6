import { type Attribute, buildOn, float32, floatAttribute, int64, type Model, type Node } from "@taskhead/autograd";
import { batchNorms, type BatchNorm } from "./reinitialise.js";

/**
 * The model with its BatchNorms in training mode, in plain operators that have gradients: each normalises by the mean m
 * and variance v of the batch (and of all positions), y = γ·(x − m)/√(v + ε) + β, and returns them as further outputs,
 * `batch.<name of the mean>` and `batch.<name of the variance>` [channels].
 * @param chosen the BatchNorms that do so; all of the graph's unless given
 */
export function withBatchStatistics(model: Model, chosen: readonly BatchNorm[] = batchNorms(model.graph)): Model {
  const { graph } = model;
  const norms = new Map(chosen.map((norm) => [norm.node, norm]));
  if (norms.size === 0) return model;
  const types = buildOn(model);
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.flatMap((node) => {
    const norm = norms.get(node);
    return norm ? batchNorm(norm, types.shape(node.inputs[0]!).length, initializers) : [node];
  });
  const statistics = [...norms.values()].flatMap(({ mean, variance }) => [mean, variance]);
  const outputs = [...graph.outputs, ...statistics.map((name) => ({ name: `batch.${name}` }))];
  return { ...model, graph: { ...graph, nodes, initializers, outputs } };
}

function batchNorm(
  { node, mean, variance }: BatchNorm,
  rank: number,
  initializers: Model["graph"]["initializers"],
): Node[] {
  const [x, scale, shift] = node.inputs as [string, string, string];
  const y = node.outputs[0]!;
  const nodes: Node[] = [];
  const op = (output: string, opType: string, inputs: string[], attributes: Record<string, Attribute> = {}): string => {
    nodes.push({ name: output, opType, domain: "", inputs, outputs: [output], attributes });
    return output;
  };
  const value = (part: string): string => `${y}/batch/${part}`;
  const positions = Array.from({ length: rank - 2 }, (_, i) => i + 2);
  initializers.set(value("others"), int64([0, ...positions]));
  initializers.set(value("shape"), int64([-1, ...positions.map(() => 1)]));
  initializers.set(value("epsilon"), float32([floatAttribute(node, "epsilon", 1e-5)], []));
  const average = (part: string, of: string): string =>
    op(value(part), "ReduceMean", [of, value("others")], { keepdims: 1 });
  const perChannel = (part: string, of: string): string => op(value(part), "Reshape", [of, value("shape")]);

  const m = average("mean", x);
  const centred = op(value("centred"), "Sub", [x, m]);
  const v = average("variance", op(value("squares"), "Mul", [centred, centred]));
  const deviation = op(value("deviation"), "Sqrt", [op(value("steady"), "Add", [v, value("epsilon")])]);
  const normal = op(value("normal"), "Div", [centred, deviation]);
  const scaled = op(value("scaled"), "Mul", [normal, perChannel("scale", scale)]);
  op(y, "Add", [scaled, perChannel("shift", shift)]);
  op(`batch.${mean}`, "Squeeze", [m, value("others")]);
  op(`batch.${variance}`, "Squeeze", [v, value("others")]);
  return nodes;
}
