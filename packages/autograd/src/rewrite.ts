import type { GraphBuilder, Value } from "./builder.js";
import { UnsupportedError } from "./errors.js";
import {
  Float,
  floatAttribute,
  Floats,
  intAttribute,
  intsAttribute,
  operatorName,
  stringAttribute,
  type Attribute,
  type Node,
} from "./graph/model.js";
import { float32 } from "./graph/tensor.js";
import { normalizeAxis } from "./infer/broadcast.js";

/** A compound operator written in simpler ones, which have the rules. Returns its outputs. */
type Rewrite = (c: { b: GraphBuilder; node: Node; x: readonly Value[] }) => readonly Value[];

/** The operators that are replaced before anything else looks at them; names outside the standard carry their domain. */
export const rewrites: Readonly<Record<string, Rewrite>> = {
  // y = x / ‖x‖ₚ, and 0 for a vector of zeros.
  LpNormalization: ({ b, node, x }) => {
    const axis = b.ints([normalizeAxis(intAttribute(node, "axis", -1), b.shape(x[0]!).length)]);
    const norm = b.op(intAttribute(node, "p", 2) === 1 ? "ReduceL1" : "ReduceL2", [x[0]!, axis]);
    return [b.div(x[0]!, b.where(b.op("Equal", [norm, 0]), 1, norm))];
  },
  MeanVarianceNormalization: ({ b, node, x }) => {
    const axes = b.ints(intsAttribute(node, "axes") ?? [0, 2, 3]);
    const centred = b.sub(x[0]!, b.op("ReduceMean", [x[0]!, axes]));
    return [b.div(centred, b.add(b.sqrt(b.op("ReduceMean", [b.mul(centred, centred), axes])), 1e-9))];
  },
  // Each group is one channel to InstanceNormalization.
  GroupNormalization: ({ b, node, x }) => {
    const [input, scale, bias] = x as [Value, Value, Value];
    const [channels, groups] = [b.shape(input)[1] as number, intAttribute(node, "num_groups", 1)];
    const perGroup = b.shape(scale)[0] === groups && groups !== channels;
    const ones = (v: number) => b.constant(float32(Array.from({ length: groups }, () => v)));
    const flat = b.op("Reshape", [input, b.ints([0, groups, -1])]);
    const epsilon = new Float(floatAttribute(node, "epsilon", 1e-5));
    const normal = b.op("InstanceNormalization", [flat, perGroup ? scale : ones(1), perGroup ? bias : ones(0)], {
      epsilon,
    });
    const shaped = b.op("Reshape", [normal, b.op("Shape", [input])]);
    const spatial = b.ints(
      b
        .shape(input)
        .slice(2)
        .map((_, i) => i + 1),
    );
    const perChannel = (v: Value) => b.op("Unsqueeze", [v, spatial]);
    return [perGroup ? shaped : b.add(b.mul(shaped, perChannel(scale)), perChannel(bias))];
  },
  RMSNormalization: ({ b, node, x }) => {
    const rank = b.shape(x[0]!).length;
    const from = normalizeAxis(intAttribute(node, "axis", -1), rank);
    return [
      rootMeanSquare(
        b,
        node,
        x[0]!,
        x[1]!,
        Array.from({ length: rank - from }, (_, i) => from + i),
      ),
    ];
  },
  SimplifiedLayerNormalization: ({ b, node, x }) => [rootMeanSquare(b, node, x[0]!, x[1]!, [-1])],
  // y = x / (bias + α/size · Σ x²)^β, the sum over neighbouring channels.
  LRN: ({ b, node, x }) => {
    const size = intAttribute(node, "size", 1);
    const flat = b
      .shape(x[0]!)
      .slice(2)
      .map(() => 0);
    const before = Math.floor((size - 1) / 2);
    const squares = b.op("AveragePool", [b.op("Unsqueeze", [b.mul(x[0]!, x[0]!), b.ints([1])])], {
      kernel_shape: [size, ...flat.map(() => 1)],
      pads: [before, ...flat, size - 1 - before, ...flat],
      count_include_pad: 1,
    });
    const sum = b.mul(b.op("Squeeze", [squares, b.ints([1])]), floatAttribute(node, "alpha", 1e-4));
    return [b.div(x[0]!, b.pow(b.add(sum, floatAttribute(node, "bias", 1)), floatAttribute(node, "beta", 0.75)))];
  },
  Swish: ({ b, node, x }) => [swish(b, x[0]!, floatAttribute(node, "alpha", 1))],
  GridSample: ({ b, node, x }) => [gridSample(b, node, x[0]!, x[1]!)],

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
    return [rootMeanSquare(b, node, sum, scale, [-1]), "", "", sum];
  },
  "com.microsoft.FusedConv": ({ b, node, x }) => {
    const { activation, activation_params: given, ...rest } = node.attributes;
    const y = b.op("Conv", x.slice(0, 3), rest);
    const sum = x[3] ? b.add(y, x[3]) : y;
    return [typeof activation === "string" ? activated(b, node, activation, given, sum) : sum];
  },
  // softmax(QKᵀ·scale + mask)·V, head by head, with one matrix for Q, K and V.
  "com.microsoft.Attention": ({ b, node, x }) => {
    const [input, weight, bias, mask, past, attentionBias] = x as [Value, Value, Value?, Value?, Value?, Value?];
    const widths = intsAttribute(node, "qkv_hidden_sizes") ?? [0, 1, 2].map(() => (b.shape(weight)[1] as number) / 3);
    if (past || intAttribute(node, "unidirectional", 0) || intAttribute(node, "do_rotary", 0))
      throw new UnsupportedError(node, "only plain attention is supported; export without operator fusion");
    const product = b.matMul(input, weight);
    const [q, k, v] = b.ops(
      "Split",
      [bias ? b.add(product, bias) : product, b.ints(widths)],
      { axis: 2 },
      { outputs: 3 },
    );
    return [attention(b, node, [q!, k!, v!], mask, attentionBias)];
  },
  "com.microsoft.MultiHeadAttention": ({ b, node, x }) => {
    const [query, key, value, bias, mask, attentionBias, past] = x as [
      Value,
      Value?,
      Value?,
      Value?,
      Value?,
      Value?,
      Value?,
    ];
    if (!key || !value || past || b.shape(key).length !== 3 || intAttribute(node, "unidirectional", 0))
      throw new UnsupportedError(
        node,
        "only separate query, key and value without a cache are supported; export without operator fusion",
      );
    const parts = [query, key, value];
    if (!bias) return [attention(b, node, parts, mask, attentionBias)];
    const widths = b.ints(parts.map((p) => b.shape(p)[2] as number));
    const biases = b.ops("Split", [bias, widths], { axis: 0 }, { outputs: 3 });
    return [
      attention(
        b,
        node,
        parts.map((p, i) => b.add(p, biases[i]!)),
        mask,
        attentionBias,
      ),
    ];
  },
  "com.microsoft.EmbedLayerNormalization": ({ b, node, x }) => {
    const [ids, segments, words, positions, segmentTable, scale, shift, , given] = x as Value[];
    const length = b.op("Gather", [
      b.op("Shape", [ids!]),
      b.constant({ dtype: "int64", shape: [], data: new BigInt64Array([1n]) }),
    ]);
    const zero = b.constant({ dtype: "int64", shape: [], data: new BigInt64Array([0n]) });
    const one = b.constant({ dtype: "int64", shape: [], data: new BigInt64Array([1n]) });
    const at = given || b.op("Range", [zero, length, one]);
    const embedded = b.add(b.op("Gather", [words!, ids!]), b.op("Gather", [positions!, at]));
    const sum = segments ? b.add(embedded, b.op("Gather", [segmentTable!, segments])) : embedded;
    return [layerNormalization(b, node, sum, scale!, shift!), "", sum];
  },
};

/** The rewritten form's outputs under the node's own names, or undefined where the node stays. */
export function rewriteNode(b: GraphBuilder, node: Node): Node[] | undefined {
  const key = operatorName(node);
  const rewrite = Object.hasOwn(rewrites, key) ? rewrites[key]! : undefined;
  const outputs = rewrite?.({ b, node, x: node.inputs });
  return outputs && named(node, outputs);
}

/** The values under the names of the node's outputs. */
export function named(node: Node, values: readonly Value[]): Node[] {
  return values.flatMap((value, i) =>
    value && node.outputs[i]
      ? [
          {
            name: node.name,
            opType: "Identity",
            domain: "",
            inputs: [value],
            outputs: [node.outputs[i]!],
            attributes: {},
          },
        ]
      : [],
  );
}

function swish(b: GraphBuilder, x: Value, alpha: number): Value {
  return b.mul(x, b.op("Sigmoid", [b.mul(x, alpha)]));
}

function layerNormalization(b: GraphBuilder, node: Node, x: Value, scale: Value, shift: Value): Value {
  const epsilon = new Float(floatAttribute(node, "epsilon", 1e-12));
  return b.op("LayerNormalization", shift ? [x, scale, shift] : [x, scale], { axis: -1, epsilon });
}

/** y = γ · x / √(mean x² + ε). */
function rootMeanSquare(b: GraphBuilder, node: Node, x: Value, scale: Value, axes: readonly number[]): Value {
  const square = b.op("ReduceMean", [b.mul(x, x), b.ints(axes)]);
  return b.mul(b.div(x, b.sqrt(b.add(square, floatAttribute(node, "epsilon", 1e-5)))), scale);
}

function activated(b: GraphBuilder, node: Node, activation: string, given: Attribute | undefined, y: Value): Value {
  const parameters = given instanceof Floats ? given.values : [];
  switch (activation) {
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
        `its activation '${activation}' is not supported; export without operator fusion`,
      );
  }
}

function attention(b: GraphBuilder, node: Node, parts: readonly Value[], mask?: Value, attentionBias?: Value): Value {
  const heads = intAttribute(node, "num_heads", 1);
  const [q, k, v] = parts.map((p) => {
    const width = b.shape(p)[2] as number;
    return b.transpose(b.op("Reshape", [p, b.ints([0, 0, heads, width / heads])]), [0, 2, 1, 3]);
  }) as [Value, Value, Value];
  const scale = floatAttribute(node, "scale", 0) || 1 / Math.sqrt(b.shape(q)[3] as number);
  let scores = b.mul(b.matMul(q, b.transpose(k, [0, 1, 3, 2])), scale);
  if (mask) {
    if (b.shape(mask).length !== 2)
      throw new UnsupportedError(node, "only a mask of shape [batch, length] is supported");
    const hidden = b.mul(b.sub(1, b.cast(mask, "float32")), floatAttribute(node, "mask_filter_value", -10000));
    scores = b.add(scores, b.op("Unsqueeze", [hidden, b.ints([1, 2])]));
  }
  if (attentionBias) scores = b.add(scores, attentionBias);
  const mixed = b.transpose(b.matMul(b.op("Softmax", [scores], { axis: -1 }), v), [0, 2, 1, 3]);
  return b.op("Reshape", [mixed, b.ints([0, 0, b.shape(parts[2]!)[2] as number])]);
}

/** Samples an image [n, c, h, w] at points in [−1, 1]² [n, H, W, 2], from the nearest four pixels or the nearest one. */
function gridSample(b: GraphBuilder, node: Node, image: Value, grid: Value): Value {
  const mode = stringAttribute(node, "mode", "linear");
  const padding = stringAttribute(node, "padding_mode", "zeros");
  const [, channels, ...sizes] = b.shape(image) as number[];
  if (
    mode === "cubic" ||
    mode === "bicubic" ||
    padding === "reflection" ||
    sizes.length !== 2 ||
    !sizes.every((s) => typeof s === "number")
  )
    throw new UnsupportedError(
      node,
      "only linear and nearest sampling of images of fixed size, padded by zeros or the border, is supported",
    );
  const aligned = intAttribute(node, "align_corners", 0) !== 0;
  const [height, width] = sizes as [number, number];
  const position = (part: number, size: number) => {
    const unit = b.add(b.op("Squeeze", [b.slice(grid, 3, part, part + 1), b.ints([3])]), 1);
    const at = aligned ? b.mul(unit, (size - 1) / 2) : b.sub(b.mul(unit, size / 2), 0.5);
    return padding === "border" ? b.op("Clip", [at, b.scalar(0), b.scalar(size - 1)]) : at;
  };
  const [px, py] = [position(0, width), position(1, height)];
  const points = b.op("Reshape", [image, b.ints([0, 0, height * width])]);
  const flat = (v: Value) => b.op("Unsqueeze", [b.op("Reshape", [v, b.ints([0, -1])]), b.ints([1])]);
  const pixel = (x: Value, y: Value, weight?: Value): Value => {
    const clamped = (v: Value, size: number) => b.op("Clip", [v, b.scalar(0), b.scalar(size - 1)]);
    const [cx, cy] = [clamped(x, width), clamped(y, height)];
    const index = flat(b.cast(b.add(b.mul(cy, width), cx), "int64"));
    const taken = b.op("GatherElements", [points, b.op("Expand", [index, b.ints([1, channels!, 1])])], { axis: 2 });
    const inside = b.mul(b.mask("Equal", x, cx), b.mask("Equal", y, cy));
    return b.mul(taken, flat(weight ? b.mul(weight, inside) : inside));
  };
  const corners = () => {
    const [x0, y0] = [b.op("Floor", [px]), b.op("Floor", [py])];
    const [x1, y1] = [b.add(x0, 1), b.add(y0, 1)];
    const [rightward, downward] = [b.sub(px, x0), b.sub(py, y0)];
    const [leftward, upward] = [b.sub(1, rightward), b.sub(1, downward)];
    return [
      pixel(x0, y0, b.mul(leftward, upward)),
      pixel(x1, y0, b.mul(rightward, upward)),
      pixel(x0, y1, b.mul(leftward, downward)),
      pixel(x1, y1, b.mul(rightward, downward)),
    ].reduce(b.add);
  };
  const sampled = mode === "nearest" ? pixel(b.op("Round", [px]), b.op("Round", [py])) : corners();
  const [rows, columns] = b.shape(grid).slice(1, 3) as [number, number];
  return b.op("Reshape", [sampled, b.ints([0, 0, rows, columns])]);
}
