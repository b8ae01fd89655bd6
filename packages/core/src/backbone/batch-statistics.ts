import {
  buildOn,
  floatAttribute,
  GraphBuilder,
  type Model,
  type Node,
  normalizeByBatch,
  type TensorType,
} from "@taskhead/autograd";
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
    return norm ? batchNorm(norm, types.type(node.inputs[0]!), initializers) : [node];
  });
  const statistics = [...norms.values()].flatMap(({ mean, variance }) => [mean, variance]);
  const outputs = [...graph.outputs, ...statistics.map((name) => ({ name: `batch.${name}` }))];
  return { ...model, graph: { ...graph, nodes, initializers, outputs } };
}

/** The nodes in place of a BatchNorm of a value of that type; their constants join the initializers. */
function batchNorm(
  { node, mean, variance, channels }: BatchNorm,
  type: TensorType,
  initializers: Model["graph"]["initializers"],
): Node[] {
  const b = new GraphBuilder();
  const [x, scale, shift] = [
    b.input("x", type.dtype, type.shape),
    b.input("scale", "float32", [channels]),
    b.input("shift", "float32", [channels]),
  ];
  const made = normalizeByBatch(b, x, scale, shift, floatAttribute(node, "epsilon", 1e-5));
  const y = node.outputs[0]!;
  const names = new Map([
    ...[x, scale, shift].map((name, i) => [name, node.inputs[i]!] as const),
    [made.y, y],
    [made.mean, `batch.${mean}`],
    [made.variance, `batch.${variance}`],
  ]);
  const named = (name: string): string => names.get(name) ?? `${y}/batch/${name}`;
  for (const [name, tensor] of b.graph.initializers) initializers.set(named(name), tensor);
  return b.graph.nodes.map((inner) => ({
    ...inner,
    name: named(inner.name),
    inputs: inner.inputs.map(named),
    outputs: inner.outputs.map(named),
  }));
}
