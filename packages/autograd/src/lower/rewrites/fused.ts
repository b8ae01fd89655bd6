import type { GraphBuilder, Value } from "../../builder.js";
import { UnsupportedError } from "../../graph/errors.js";
import { Float, floatAttribute, Floats, type Attribute, type Node } from "../../graph/model.js";
import { rootMeanSquare } from "./normalization.js";
import type { Rewrites } from "./rewrite.js";

/** Activations, and what ONNX Runtime fuses around them and around normalisation (`com.microsoft`). */
export const fused: Rewrites = {
  Swish: ({ b, node, x }) => [swish(b, x[0]!, floatAttribute(node, "alpha", 1))],

  "com.microsoft.Gelu": ({ b, x }) => [b.op("Gelu", [x[0]!])],
  "com.microsoft.BiasGelu": ({ b, x }) => [b.op("Gelu", [b.add(x[0]!, x[1]!)])],
  "com.microsoft.FastGelu": ({ b, x }) => [b.op("Gelu", [x[1] ? b.add(x[0]!, x[1]) : x[0]!], { approximate: "tanh" })],
  "com.microsoft.QuickGelu": ({ b, node, x }) => [swish(b, x[0]!, floatAttribute(node, "alpha", 1.702))],
  "com.microsoft.SkipLayerNormalization": ({ b, node, x }) => {
    const [input, skip, scale, shift, bias] = x as [Value, Value, Value, Value, Value | undefined];
    const sum = bias ? b.add(b.add(input, skip), bias) : b.add(input, skip);
    return [layerNormalization(b, node, sum, scale, shift), "", "", sum];
  },
  "com.microsoft.SkipSimplifiedLayerNormalization": ({ b, node, x }) => {
    const [input, skip, scale, bias] = x as [Value, Value, Value, Value | undefined];
    const sum = bias ? b.add(b.add(input, skip), bias) : b.add(input, skip);
    return [rootMeanSquare(b, node, sum, scale, [-1], skipEpsilon), "", "", sum];
  },
  "com.microsoft.FusedConv": ({ b, node, x }) => {
    const { activation, activation_params: given, ...rest } = node.attributes;
    const y = b.op("Conv", x.slice(0, 3), rest);
    return [activated(b, node, x[3] ? b.add(y, x[3]) : y, activation, given instanceof Floats ? given.values : [])];
  },
  "com.microsoft.FusedGemm": ({ b, node, x }) => {
    const {
      activation,
      activation_alpha: alpha,
      activation_beta: beta,
      activation_gamma: _,
      ...rest
    } = node.attributes;
    const parameters = [alpha, beta].flatMap((p) => (p instanceof Float ? [p.value] : []));
    return [activated(b, node, b.op("Gemm", x, rest), activation, parameters)];
  },
  "com.microsoft.EmbedLayerNormalization": ({ b, node, x }) => {
    const [ids, segments, words, positions, segmentTable, scale, shift, mask, given] = x as Value[];
    const at = given || b.positions(ids!, 1);
    const embedded = b.add(b.op("Gather", [words!, ids!]), b.op("Gather", [positions!, at]));
    const sum = segments ? b.add(embedded, b.op("Gather", [segmentTable!, segments])) : embedded;
    return [layerNormalization(b, node, sum, scale!, shift!), mask ? b.reduceSum(mask, [1]) : "", sum];
  },
};

function swish(b: GraphBuilder, x: Value, alpha: number): Value {
  return b.mul(x, b.op("Sigmoid", [b.mul(x, alpha)]));
}

/** The runtime's own default for norms of a sum. */
const skipEpsilon = 1e-12;

function layerNormalization(b: GraphBuilder, node: Node, x: Value, scale: Value, shift: Value): Value {
  const epsilon = new Float(floatAttribute(node, "epsilon", skipEpsilon));
  return b.op("LayerNormalization", shift ? [x, scale, shift] : [x, scale], { axis: -1, epsilon });
}

function activated(
  b: GraphBuilder,
  node: Node,
  y: Value,
  activation: Attribute | undefined,
  parameters: readonly number[],
): Value {
  switch (activation) {
    case undefined:
      return y;
    case "Relu":
    case "Sigmoid":
    case "Tanh":
      return b.op(activation, [y]);
    case "LeakyRelu":
      return b.op("LeakyRelu", [y], { alpha: new Float(parameters[0] ?? 0.01) });
    case "HardSigmoid":
      return b.op("HardSigmoid", [y], {
        alpha: new Float(parameters[0] ?? 0.2),
        beta: new Float(parameters[1] ?? 0.5),
      });
    case "Clip":
      return b.op("Clip", [y, b.scalar(parameters[0]!), b.scalar(parameters[1]!)]);
    default:
      throw new UnsupportedError(
        node,
        `its activation '${activation as string}' is not supported; export without operator fusion`,
      );
  }
}
