import { floatAttribute, GraphBuilder, type Model, type Value } from "@taskhead/autograd";
import { batchNorms, type BatchNorm } from "./reinitialise.js";

/**
 * The model with its BatchNorms in training mode, in plain operators that have gradients: each normalises by the mean m
 * and variance v of the batch (and of all positions), y = γ·(x − m)/√(v + ε) + β, and returns them as further outputs,
 * `batch.<name of the mean>` and `batch.<name of the variance>` [channels].
 */
export function withBatchStatistics(model: Model): Model {
  const { graph } = model;
  const norms = new Map(batchNorms(graph).map((norm) => [norm.node, norm]));
  const b = new GraphBuilder(graph.name, model);
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  for (const { name, type } of graph.inputs) b.input(name, type!.dtype, type!.shape);
  const outputs: Record<string, Value> = Object.fromEntries(graph.outputs.map(({ name }) => [name, name]));
  for (const node of graph.nodes) {
    const norm = norms.get(node);
    if (norm) Object.assign(outputs, appendNorm(b, norm));
    else b.append(node);
  }
  b.setOutputs(outputs);
  return b.model();
}

/** Appends the BatchNorm; returns the batch's statistics under the names of their outputs. */
function appendNorm(b: GraphBuilder, { node, mean, variance }: BatchNorm): Record<string, Value> {
  const [x, scale, shift] = node.inputs as [Value, Value, Value];
  const positions = b.shape(x).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
  const average = (value: Value): Value => b.op("ReduceMean", [value, b.ints([0, ...positions])], { keepdims: 1 });
  const perChannel = (value: Value): Value =>
    positions.length ? b.op("Unsqueeze", [value, b.ints(positions.map((axis) => axis - 1))]) : value;
  const m = average(x);
  const centred = b.sub(x, m);
  const v = average(b.mul(centred, centred));
  const normal = b.div(centred, b.sqrt(b.add(v, floatAttribute(node, "epsilon", 1e-5))));
  const y = b.add(b.mul(normal, perChannel(scale)), perChannel(shift));
  b.append({ name: "", opType: "Identity", domain: "", inputs: [y], outputs: [node.outputs[0]!], attributes: {} });
  const flat = (value: Value): Value => b.op("Squeeze", [value, b.ints([0, ...positions])]);
  return { [`batch.${mean}`]: flat(m), [`batch.${variance}`]: flat(v) };
}
