import type { GraphBuilder, Value } from "../../builder.js";
import { bounded } from "../../graph/bounded.js";
import { OutsizeError } from "../../graph/errors.js";
import { Float, floatAttribute, intAttribute, intsAttribute, type Node } from "../../graph/model.js";
import { float32 } from "../../graph/tensor.js";
import { normalizeAxis } from "../../infer/broadcast.js";
import type { Rewrites } from "./rewrite.js";

/** Channels that a local response normalization looks at; 5 in the networks that have one. */
const largestWindow = 4096;

export const normalization: Rewrites = {
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
    const ones = (v: number) => b.constant(float32(Array.from({ length: bounded(groups) }, () => v)));
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
    if (size < 1 || size > largestWindow)
      throw new OutsizeError(
        `its window of ${size} channels is not between 1 and ${largestWindow}; export the model again`,
      );
    const before = Math.floor((size - 1) / 2);
    const squares = b.op("AveragePool", [b.op("Unsqueeze", [b.mul(x[0]!, x[0]!), b.ints([1])])], {
      kernel_shape: [size, ...flat.map(() => 1)],
      pads: [before, ...flat, size - 1 - before, ...flat],
      count_include_pad: 1,
    });
    const sum = b.mul(b.op("Squeeze", [squares, b.ints([1])]), floatAttribute(node, "alpha", 1e-4));
    return [b.div(x[0]!, b.pow(b.add(sum, floatAttribute(node, "bias", 1)), floatAttribute(node, "beta", 0.75)))];
  },
};

/** y = γ · x / √(mean x² + ε). */
export function rootMeanSquare(
  b: GraphBuilder,
  node: Node,
  x: Value,
  scale: Value,
  axes: readonly number[],
  usualEpsilon = 1e-5,
): Value {
  const square = b.op("ReduceMean", [b.mul(x, x), b.ints(axes)]);
  return b.mul(b.div(x, b.sqrt(b.add(square, floatAttribute(node, "epsilon", usualEpsilon)))), scale);
}
