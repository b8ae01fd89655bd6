import { buildOn, dependents, float32, floatAttribute, type GraphBuilder, type Model } from "@taskhead/autograd";
import { withWeightsAsInputs } from "../engine/weights.js";
import { batchNorms, type BatchNorm } from "./reinitialise.js";
import { withBatchStatistics } from "./batch-statistics.js";

/** A network with its BatchNorms in training mode, and what becomes of their statistics at each step. */
export interface BatchNormTraining {
  model: Model;
  /** The name of a running statistic → the value in the graph that replaces it. */
  carried: ReadonlyMap<string, string>;
}

/**
 * Puts the BatchNorms that training reaches into training mode: those that have a trained parameter of their own or below
 * them. Each normalises by the batch's mean and variance and moves its running statistics, which evaluation uses, towards
 * them: r ← μr + (1 − μ)s, with μ the operator's `momentum` (0.9, PyTorch's 0.1). As in PyTorch, s is the batch's mean and
 * its unbiased variance, over n values per channel: v·n/(n − 1). BatchNorms in a frozen part stay in evaluation mode.
 */
export function trainBatchNorms(model: Model, trainable: readonly string[]): BatchNormTraining {
  const norms = trainedNorms(model, trainable);
  const changing = new Set([...trainable, ...norms.flatMap(({ mean, variance }) => [mean, variance])]);
  // What changes from step to step must not be folded into constants while nodes are added.
  const b = buildOn(withWeightsAsInputs(withBatchStatistics(model, norms), [...changing]));
  const outputs = Object.fromEntries(model.graph.outputs.map(({ name }) => [name, name]));
  const carried = new Map<string, string>();
  for (const norm of norms) {
    const momentum = floatAttribute(norm.node, "momentum", 0.9);
    const move = (name: string, towards: string): void => {
      const next = b.add(b.mul(name, momentum), b.mul(towards, 1 - momentum));
      carried.set(name, `moved.${name}`);
      outputs[`moved.${name}`] = next;
    };
    move(norm.mean, `batch.${norm.mean}`);
    move(norm.variance, b.mul(`batch.${norm.variance}`, unbiased(b, norm)));
  }
  b.setOutputs(outputs);
  for (const name of changing) b.fixInput(name, model.graph.initializers.get(name)!);
  return { model: b.model(), carried };
}

function trainedNorms({ graph }: Model, trainable: readonly string[]): BatchNorm[] {
  const reached = dependents(graph.nodes, trainable);
  return batchNorms(graph).filter(({ node }) => node.outputs.some((o) => reached.has(o)));
}

/** n / (n − 1), where a channel of the batch has n values; 1 where it has a single one. */
function unbiased(b: GraphBuilder, { node, channels }: BatchNorm): string {
  const count = b.div(b.cast(b.op("Size", [node.inputs[0]!]), "float32"), channels);
  return b.div(count, b.op("Max", [b.sub(count, 1), b.constant(float32([1], []))]));
}
