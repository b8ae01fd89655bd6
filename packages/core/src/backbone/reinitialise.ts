import { describe, intAttribute, intsAttribute, ModelError, sizeOf, type Graph, type Node } from "@taskhead/autograd";
import type { Backbone } from "./backbone.js";
import { normals, type Random } from "../data/random.js";

/** A fresh start for a piece of backbone. */
export interface FreshStart {
  /** Every parameter, and every BatchNorm's statistics (mean 0, variance 1, until they are estimated). */
  initial: Map<string, Float32Array>;
  /** Of the weights of layers: how many numbers each output sums. */
  fanIn: Map<string, number>;
}

/** What transformers start from: normal(0, 0.02), `initializer_range` of BERT (Devlin et al. 2019) and its kin. */
const rangeOfTransformers = 0.02;

/**
 * Starts the parameters of a piece of backbone afresh, each by its own layer's rule: weights of convolutions and linear
 * layers from normal(0, √(2 / fan-in)) (He et al. 2015), where there is attention from normal(0, 0.02), as tables are;
 * biases and shifts β 0, scales γ 1, PReLU slopes 0.25.
 * @throws {ModelError} on a parameter of a kind that has no such rule.
 */
export function reinitialise(piece: Backbone, rng: Random): FreshStart {
  const { graph } = piece.model;
  const initial = new Map<string, Float32Array>();
  const attends = graph.nodes.some((node) => node.opType === "Softmax");
  for (const name of piece.parameters) {
    const { shape } = graph.initializers.get(name)!;
    const rule = ruleOf(graph, name, shape);
    const size = sizeOf(shape);
    const deviation =
      "table" in rule || attends ? rangeOfTransformers : "fanIn" in rule ? Math.sqrt(2 / rule.fanIn) : 0;
    const isRandom = !("constant" in rule);
    initial.set(name, isRandom ? normals(size, deviation, rng) : new Float32Array(size).fill(rule.constant));
  }
  for (const { mean, variance, channels } of batchNorms(graph)) {
    initial.set(mean, new Float32Array(channels));
    initial.set(variance, new Float32Array(channels).fill(1));
  }
  return { initial, fanIn: fansIn(piece) };
}

/** Of the weights of a piece's layers: how many numbers each output sums. */
export function fansIn({ parameters, model: { graph } }: Backbone): Map<string, number> {
  return new Map(
    parameters.flatMap((name) => {
      const rule = ruleOf(graph, name, graph.initializers.get(name)!.shape);
      return "fanIn" in rule ? [[name, rule.fanIn] as const] : [];
    }),
  );
}

/** A BatchNormalization, and the names of its statistics. */
export interface BatchNorm {
  node: Node;
  mean: string;
  variance: string;
  channels: number;
}

/** The BatchNorms of a graph whose statistics are constants. */
export function batchNorms(graph: Graph): BatchNorm[] {
  return graph.nodes.flatMap((node) => {
    const [, , , mean, variance] = node.inputs;
    if (node.opType !== "BatchNormalization" || !mean || !variance || !graph.initializers.has(variance)) return [];
    const channels = graph.initializers.get(mean)?.data.length;
    return channels === undefined ? [] : [{ node, mean, variance, channels }];
  });
}

/** How a parameter starts: random with a fan-in, random as rows of a table are, or constant. */
type Rule = { fanIn: number } | { table: true } | { constant: number };

const norms = new Set(
  "BatchNormalization LayerNormalization InstanceNormalization GroupNormalization RMSNormalization".split(" "),
);

/** How many numbers an output of a transposed convolution sums, on average: weights are [inputs, outputs of a group, …kernel]. */
function transposedFanIn(node: Node, [inputs = 1, , ...kernel]: readonly number[]): number {
  const strides = intsAttribute(node, "strides") ?? kernel.map(() => 1);
  return Math.max(1, (inputs / intAttribute(node, "group", 1)) * (sizeOf(kernel) / sizeOf(strides)));
}

/** The rule of the first node that uses a parameter of this shape. */
function ruleOf(graph: Graph, name: string, shape: readonly number[]): Rule {
  const node = graph.nodes.find((n) => n.inputs.includes(name))!;
  const at = node.inputs.indexOf(name);
  switch (node.opType) {
    case "Conv":
      return at === 1 ? { fanIn: sizeOf(shape.slice(1)) } : { constant: 0 };
    case "ConvTranspose":
      // Of the kernel's places an output meets one for every stride.
      return at === 1 ? { fanIn: transposedFanIn(node, shape) } : { constant: 0 };
    case "Gemm":
      return at === 1 ? { fanIn: shape[intAttribute(node, "transB", 0)]! } : { constant: 0 };
    case "MatMul":
      return { fanIn: at === 1 ? (shape.at(-2) ?? shape[0]!) : shape.at(-1)! };
    case "Unsqueeze":
    case "Reshape":
      // A bias is given axes.
      if (shape.length <= 1) return ruleOf(graph, node.outputs[0]!, shape);
      break;
    case "Transpose":
      return ruleOf(graph, node.outputs[0]!, shape.toReversed());
    case "Gather":
      return { table: true };
    case "Add":
    case "Sub":
      return { constant: 0 };
    case "Mul":
    case "Div":
      return { constant: 1 };
    case "PRelu":
      return { constant: 0.25 };
  }
  if (norms.has(node.opType)) return { constant: at === 1 ? 1 : 0 };
  throw new ModelError(
    `the parameter '${name}' of ${describe(node)} has no rule to start afresh by; start fewer layers afresh (option reinitBlocks, option reinitDecoder), so that it keeps its pretrained value`,
  );
}
