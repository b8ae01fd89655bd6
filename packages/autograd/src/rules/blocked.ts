import type { GraphBuilder, Value } from "../builder.js";
import { Floats, stringAttribute, type Node } from "../graph/model.js";
import { inputGradient, reversed } from "./convolution.js";
import { positive } from "./elementwise.js";
import type { GradientRules } from "./rule.js";
import { filterGradient } from "./blocked-filter-gradient.js";
import { backwardPads, windowOfNode, type Window } from "./window.js";

/**
 * ONNX Runtime's channel-blocked layout: a value declared [N, C, H, W] is stored [N, C/block, H, W, block], a filter
 * declared [K, C, R, S] is stored [K/block, C/inner, R, S, inner, block]. `inner` is the block too, but 1 for a
 * convolution that reads fewer channels than a block: its input is in the plain layout.
 */
export const nchwc = "com.microsoft.nchwc";

/** The metadata key under which a model says for which block size it is made. */
export const channelBlock = "taskhead.channel_block";

export const blocked: GradientRules = {
  ReorderInput: ({ b, dy }) => [() => toPlain(b, dy)],
  ReorderOutput: ({ b, dy }) => [() => toBlocked(b, dy)],
  Conv: ({ b, node, x, y, dy }) => {
    const [input, filter] = x as [Value, Value];
    const window = windowOfNode(b, node, input, dy, b.shape(filter).slice(2) as number[]);
    const dz = behindActivation(b, node, y, dy);
    return [
      () => blockedInputGradient(b, dz, filter, window),
      () => filterGradient(b, input, dz, filter, window),
      () => b.reshape(b.reduceSum(b.reduceSum(storedShape(b, dz), [2]), [0]), [b.shape(filter)[0]!]),
    ];
  },
  // Windows side by side over the whole image: the first largest element of each takes its gradient.
  MaxPool: ({ b, node, x, y, dy }) => [
    () => {
      const [high, wide] = windowOfNode(b, node, x[0]!, y, []).kernel as [number, number];
      const [columns, block] = [b.shape(y)[3] as number, blockOf(b)];
      const windows = b.reshape(x[0]!, [-1, high, columns, wide, block]);
      const flat = (v: Value) => b.reshape(v, [-1, 1, columns, 1, block]);
      const [largest, gradient] = [flat(y), flat(dy)];
      let open: Value | undefined;
      const pieces = Array.from({ length: high }, (_, i) => {
        const row = b.slice(windows, 1, i, i + 1);
        return Array.from({ length: wide }, (_, j) => {
          const attains = b.op("Equal", [b.slice(row, 3, j, j + 1), largest]);
          const takes = open ? b.op("And", [attains, open]) : attains;
          open = open ? b.op("And", [open, b.op("Not", [attains])]) : b.op("Not", [attains]);
          return b.mul(gradient, b.cast(takes, "float32"));
        });
      });
      const rows = pieces.map((row) => b.op("Concat", row, { axis: 3 }));
      return b.reshape(b.op("Concat", rows, { axis: 1 }), b.shape(x[0]!), x[0]!);
    },
  ],
};

export function toBlocked(b: GraphBuilder, v: Value): Value {
  return b.op("ReorderInput", [v], {}, { domain: nchwc });
}

/** @param name what the plain value is to be called */
export function toPlain(b: GraphBuilder, v: Value, name = b.fresh("plain")): Value {
  const attributes = { channels: b.shape(v)[1] as number };
  b.append({ name, opType: "ReorderOutput", domain: nchwc, inputs: [v], outputs: [name], attributes });
  return name;
}

/** A filter from the plain layout to the stored one. */
export function blockFilter(b: GraphBuilder, weight: Value, block: number): Value {
  const [outputs, inputs, rows, columns] = b.shape(weight) as [number, number, number, number];
  const inner = inputs < block ? 1 : block;
  const outputsLast = b.transpose(b.reshape(weight, [outputs, inputs * rows * columns]), [1, 0]);
  const split = [inputs / inner, inner, rows * columns, outputs / block, block];
  return b.reshape(b.transpose(apart(b, outputsLast, split), [3, 0, 2, 1, 4]), [outputs, inputs, rows, columns]);
}

/**
 * A reshape between two transposes, of a matrix and of rows of a block, both of which the runtime moves fast: the Flatten
 * keeps it from merging them to one that moves number by number.
 */
function apart(b: GraphBuilder, v: Value, shape: readonly number[]): Value {
  return b.reshape(b.op("Flatten", [v], { axis: 0 }), shape);
}

/** And back. */
function plainFilter(b: GraphBuilder, filter: Value): Value {
  return b.reshape(b.transpose(storedFilter(b, filter), [0, 5, 1, 4, 2, 3]), b.shape(filter));
}

/** The stored filter of the convolution that takes gradients back: inputs and outputs swapped, the kernel reversed. */
function backwardFilter(b: GraphBuilder, filter: Value, kernel: readonly number[]): Value {
  const [outputs, inputs, rows, columns] = b.shape(filter) as [number, number, number, number];
  const block = blockOf(b);
  const taps = rows * columns;
  const inputsLast = b.transpose(b.reshape(filter, [(outputs * inputs * taps) / block, block]), [1, 0]);
  const split = [block, outputs / block, inputs / block, taps, block];
  const swapped = b.transpose(apart(b, inputsLast, split), [2, 1, 3, 0, 4]);
  const byTap = b.reshape(swapped, [inputs / block, outputs / block, rows, columns, block ** 2]);
  return b.reshape(reversed(b, byTap, kernel, 2), [inputs, outputs, rows, columns]);
}

/** The stored filter under its true shape [K/block, C/inner, R, S, inner, block]. */
function storedFilter(b: GraphBuilder, filter: Value): Value {
  const [outputs, inputs, rows, columns] = b.shape(filter) as [number, number, number, number];
  const [block, inner] = [blockOf(b), innerOf(b, filter)];
  return b.reshape(filter, [outputs / block, inputs / inner, rows, columns, inner, block]);
}

export function blockOf(b: GraphBuilder): number {
  return Number(b.source.metadata.get(channelBlock));
}

function innerOf(b: GraphBuilder, filter: Value): number {
  return (b.shape(filter)[1] as number) < blockOf(b) ? 1 : blockOf(b);
}

/** A value under its true shape [N, C/block, H·W, block]. */
function storedShape(b: GraphBuilder, v: Value): Value {
  const [, channels, height, width] = b.shape(v) as [unknown, number, number, number];
  return b.op("Reshape", [v, b.ints([-1, channels / blockOf(b), height * width, blockOf(b)])]);
}

/** [N, H·W, C] */
export function channelsLast(b: GraphBuilder, v: Value): Value {
  return pixels(b, v, b.shape(v).slice(2) as number[], [1, 1], (position) => position);
}

/**
 * The pixels that `taps` meet at every position, zeros outside of the image: [N, positions, taps · C], channels last.
 * One Gather of rows of a block of channels moves, repeats and pads in one pass, on all threads.
 * @param at the row and column of the pixel that a tap meets at a position
 */
export function pixels(
  b: GraphBuilder,
  v: Value,
  positions: readonly number[],
  taps: readonly number[],
  at: (position: Pair, tap: Pair) => Pair,
): Value {
  const [, channels, height, width] = b.shape(v) as [unknown, number, number, number];
  const [block, blocks] = [blockOf(b), channels / blockOf(b)];
  const outside = blocks * height * width;
  const indices = places(positions).flatMap((position) =>
    places(taps).flatMap((tap) => {
      const [row, column] = at(position, tap);
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      return Array.from({ length: blocks }, (_, k) => (inside ? (k * height + row) * width + column : outside));
    }),
  );
  let rows = b.op("Reshape", [v, b.ints([-1, outside, block])]);
  if (indices.includes(outside)) rows = b.op("Pad", [rows, b.ints([0, 0, 0, 0, 1, 0])]);
  if (indices.length !== outside || indices.some((index, i) => index !== i))
    rows = b.op("Gather", [rows, b.ints(indices)], { axis: 1 });
  return b.reshape(rows, [-1, positions[0]! * positions[1]!, taps[0]! * taps[1]! * channels]);
}

type Pair = readonly [number, number];

/** All places of a grid, row by row. */
function places([rows, columns]: readonly number[]): Pair[] {
  return Array.from({ length: rows! * columns! }, (_, i) => [Math.floor(i / columns!), i % columns!]);
}

/** The gradient before the activation that a convolution applies; Relu and LeakyRelu keep the sign, so y tells. */
function behindActivation(b: GraphBuilder, node: Node, y: Value, dy: Value): Value {
  const activation = stringAttribute(node, "activation", "");
  if (activation === "") return dy;
  const parameters = node.attributes["activation_params"];
  const slope = activation === "LeakyRelu" && parameters instanceof Floats ? parameters.values[0]! : 0;
  return b.mul(dy, positive(b, y, slope));
}

/** A blocked convolution with the flipped, transposed filter, where that is one; otherwise by way of the plain layout. */
function blockedInputGradient(b: GraphBuilder, dz: Value, filter: Value, w: Window): Value {
  const pads = backwardPads(w);
  const fewChannels = innerOf(b, filter) === 1;
  if (!pads || fewChannels) {
    const gradient = inputGradient(b, toPlain(b, dz), plainFilter(b, filter), w, 1);
    return fewChannels ? gradient : toBlocked(b, gradient);
  }
  const attributes = { kernel_shape: [...w.kernel], dilations: [...w.dilations], pads };
  return b.op("Conv", [dz, backwardFilter(b, filter, w.kernel)], attributes, { domain: nchwc });
}
