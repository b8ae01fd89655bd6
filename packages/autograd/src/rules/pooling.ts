import type { GraphBuilder, Value } from "../builder.js";
import { bounded } from "../graph/bounded.js";
import { isStatic } from "../graph/dims.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, type Node } from "../graph/model.js";
import { float32, numbersOf } from "../graph/tensor.js";
import { spread } from "./convolution.js";
import type { GradientRules } from "./rule.js";
import { isFixed, openWindowOf, reachOf, tiles, type OpenWindow, type Window } from "./window.js";

export const pooling: GradientRules = {
  MaxPool: ({ b, node, x, y, dy }) => [
    () => {
      const input = x[0]!;
      const window = openWindowOf(b, node, input, y, []);
      const indices = b.ops("MaxPool", [input], { ...node.attributes, storage_order: 0 }, { outputs: 2 })[1]!;
      const shape = b.op("Shape", [input]);
      if (tiles(window))
        return b.op("MaxUnpool", [dy, indices, shape], {
          kernel_shape: [...window.kernel],
          strides: [...window.strides],
        });
      // A dilated window may meet nothing but padding, and then names no element of its own.
      const counts = mayBeEmpty(window) ? elementCounts(b, window, false, input, y) : undefined;
      const own = counts ? b.where(b.op("Equal", [counts, 0]), 0, dy) : dy;
      const flat = (v: Value) => b.op("Reshape", [v, b.ints([-1])]);
      const zeros = b.op("ConstantOfShape", [b.op("ReduceProd", [shape], { keepdims: 1 })]);
      const scattered = b.op("ScatterElements", [zeros, flat(indices), flat(own)], { axis: 0, reduction: "add" });
      return b.reshape(scattered, b.shape(input), input);
    },
  ],
  AveragePool: ({ b, node, x, dy }) => [
    () => {
      const window = openWindowOf(b, node, x[0]!, dy, []);
      if (coversAll(window)) return shared(b, dy, x[0]!);
      const channels = channelsOf(b, node, x[0]!);
      const counts = elementCounts(b, window, intAttribute(node, "count_include_pad", 0) !== 0, x[0]!, dy);
      return spread(b, b.div(dy, counts), ones(b, channels, window), window, channels, x[0]!);
    },
  ],
  // y = (Σ|x|ᵖ)^(1/p), so ∂y/∂x = sign(x)·|x|ᵖ⁻¹·y¹⁻ᵖ.
  LpPool: ({ b, node, x, y, dy }) => [
    () => {
      const window = openWindowOf(b, node, x[0]!, dy, []);
      const channels = channelsOf(b, node, x[0]!);
      return b.mul(
        ownPower(b, node, x[0]!),
        spread(b, b.mul(dy, normPower(b, node, y)), ones(b, channels, window), window, channels, x[0]!),
      );
    },
  ],
  GlobalLpPool: ({ b, node, x, y, dy }) => [() => b.mul(ownPower(b, node, x[0]!), b.mul(dy, normPower(b, node, y)))],
  // The first largest element of each channel gets it all.
  GlobalMaxPool: ({ b, x, dy }) => [
    () => {
      const flat = b.op("Reshape", [x[0]!, b.ints([0, 0, -1])]);
      const first = b.op("ArgMax", [flat], { axis: 2 });
      const hot = b.cast(b.op("Equal", [first, b.positions(flat, 2)]), "float32");
      return b.mul(b.reshape(hot, b.shape(x[0]!), x[0]!), dy);
    },
  ],
  GlobalAveragePool: ({ b, x, dy }) => [() => shared(b, dy, x[0]!)],
};

/** @throws {UnsupportedError} where their number is free. */
function channelsOf(b: GraphBuilder, node: Node, x: Value): number {
  const channels = b.shape(x)[1];
  if (typeof channels === "number") return channels;
  throw new UnsupportedError(node, "its gradient needs a fixed number of channels; export the model with one");
}

/** One window, of the whole image and nothing else. */
function coversAll(w: OpenWindow): boolean {
  return w.kernel.every((k, i) => k === w.input[i] && w.output[i] === 1 && w.begin[i] === 0);
}

/** Whether there may be windows that meet nothing but padding. */
function mayBeEmpty(w: OpenWindow): boolean {
  if (isFixed(w)) return numbersOf(windowCounts(w, false)).some((n) => n === 0);
  const [dilated, padded] = [w.dilations.some((d) => d > 1), [...w.begin, ...w.end].some((p) => p > 0)];
  return w.ceil || (dilated && padded);
}

/** A mean's gradient, in equal parts. */
function shared(b: GraphBuilder, dy: Value, x: Value): Value {
  const spatial = b.shape(x).slice(2);
  if (isStatic(spatial)) return b.op("Expand", [b.div(dy, size(spatial)), b.ints([1, 1, ...spatial])]);
  const count = b.cast(b.op("ReduceProd", [b.op("Shape", [x], { start: 2 })], { keepdims: 0 }), b.type(dy).dtype);
  return b.op("Expand", [b.div(dy, count), b.op("Shape", [x])]);
}

function ones(b: GraphBuilder, channels: number, { kernel }: OpenWindow): Value {
  return b.constant(float32(new Float32Array(channels * size(kernel)).fill(1), [channels, 1, ...kernel]));
}

/** sign(x)·|x|ᵖ⁻¹. */
function ownPower(b: GraphBuilder, node: Node, x: Value): Value {
  const p = intAttribute(node, "p", 2);
  return p === 2 ? x : b.mul(b.op("Sign", [x]), b.pow(b.op("Abs", [x]), p - 1));
}

/** y¹⁻ᵖ, and 0 for a norm of 0. */
function normPower(b: GraphBuilder, node: Node, y: Value): Value {
  const zero = b.op("Equal", [y, 0]);
  return b.where(zero, 0, b.pow(b.where(zero, 1, y), 1 - intAttribute(node, "p", 2)));
}

/** How many elements each window averages over, [1, 1, …output]. */
function elementCounts(b: GraphBuilder, w: OpenWindow, includePadding: boolean, x: Value, y: Value): Value {
  if (isFixed(w)) return b.constant(windowCounts(w, includePadding));
  // By a convolution of ones; what a last window has beyond the padding does not count.
  const spatial = (v: Value) => b.op("Shape", [v], { start: 2 });
  const one = b.op("Expand", [b.scalar(1), b.op("Concat", [b.ints([1, 1]), spatial(x)], { axis: 0 })]);
  const padding = b.ints([0, 0, ...w.begin, 0, 0, ...w.end]);
  const padded = b.op("Pad", [one, padding, includePadding ? 1 : 0]);
  const covered = b.add(
    b.mul(b.sub(spatial(y), b.ints(w.kernel.map(() => 1))), b.ints(w.strides)),
    b.ints(reachOf(w).map((r) => r + 1)),
  );
  const missing = b.op("Max", [b.sub(covered, spatial(padded)), b.ints([0])]);
  const whole = w.ceil
    ? b.op("Pad", [padded, b.op("Concat", [b.ints([0, 0, ...w.begin.map(() => 0), 0, 0]), missing], { axis: 0 })])
    : padded;
  const form = { kernel_shape: [...w.kernel], strides: [...w.strides], dilations: [...w.dilations] };
  return b.op("Conv", [whole, ones(b, 1, w)], form, { shape: [1, 1, ...w.output] });
}

function windowCounts(w: Window, includePadding: boolean) {
  bounded(size(w.output));
  w.kernel.forEach((k, i) => bounded(k * w.output[i]!));
  const alongAxis = w.kernel.map((k, i) =>
    Array.from({ length: w.output[i]! }, (_, o) => {
      const first = o * w.strides[i]! - w.begin[i]!;
      const [low, high] = includePadding ? [-w.begin[i]!, w.input[i]! + w.end[i]!] : [0, w.input[i]!];
      return Array.from({ length: k }, (_, t) => first + t * w.dilations[i]!).filter((p) => p >= low && p < high)
        .length;
    }),
  );
  const counts = alongAxis.reduce((all, axis) => all.flatMap((a) => axis.map((c) => a * c)), [1]);
  return float32(counts, [1, 1, ...w.output]);
}

function size(dims: readonly number[]): number {
  return dims.reduce((a, d) => a * d, 1);
}
