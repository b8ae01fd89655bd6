import type { GraphBuilder, Value } from "../builder.js";
import { intAttribute, type Node } from "../graph/model.js";
import { float32, numbersOf } from "../graph/tensor.js";
import { spread } from "./convolution.js";
import type { GradientRules } from "./rule.js";
import { tiles, windowOfNode, type Window } from "./window.js";

export const pooling: GradientRules = {
  MaxPool: ({ b, node, x, y, dy }) => [
    () => {
      const input = x[0]!;
      const window = windowOfNode(b, node, input, y, []);
      const indices = b.ops("MaxPool", [input], { ...node.attributes, storage_order: 0 }, { outputs: 2 })[1]!;
      const shape = b.op("Shape", [input]);
      if (tiles(window))
        return b.op("MaxUnpool", [dy, indices, shape], {
          kernel_shape: [...window.kernel],
          strides: [...window.strides],
        });
      // A dilated window may meet nothing but padding, and then names no element of its own.
      const counts = windowCounts(window, false, []);
      const own = numbersOf(counts).every((n) => n > 0) ? dy : b.where(b.op("Equal", [b.constant(counts), 0]), 0, dy);
      const flat = (v: Value) => b.op("Reshape", [v, b.ints([-1])]);
      const zeros = b.op("ConstantOfShape", [b.op("ReduceProd", [shape], { keepdims: 1 })]);
      const scattered = b.op("ScatterElements", [zeros, flat(indices), flat(own)], { axis: 0, reduction: "add" });
      return b.reshape(scattered, b.shape(input), input);
    },
  ],
  AveragePool: ({ b, node, x, dy }) => [
    () => {
      const window = windowOfNode(b, node, x[0]!, dy, []);
      if (coversAll(window)) return shared(b, dy, window.input);
      const channels = b.shape(x[0]!)[1] as number;
      const counts = b.constant(
        windowCounts(window, intAttribute(node, "count_include_pad", 0) !== 0, padsEnd(b, node, x[0]!, dy)),
      );
      return spread(b, b.div(dy, counts), ones(b, channels, window), window, channels);
    },
  ],
  // y = (Σ|x|ᵖ)^(1/p), so ∂y/∂x = sign(x)·|x|ᵖ⁻¹·y¹⁻ᵖ.
  LpPool: ({ b, node, x, y, dy }) => [
    () => {
      const window = windowOfNode(b, node, x[0]!, dy, []);
      const channels = b.shape(x[0]!)[1] as number;
      return b.mul(
        ownPower(b, node, x[0]!),
        spread(b, b.mul(dy, normPower(b, node, y)), ones(b, channels, window), window, channels),
      );
    },
  ],
  GlobalLpPool: ({ b, node, x, y, dy }) => [() => b.mul(ownPower(b, node, x[0]!), b.mul(dy, normPower(b, node, y)))],
  // The first largest element of each channel gets it all.
  GlobalMaxPool: ({ b, x, dy }) => [
    () => {
      const [batch, channels, ...spatial] = b.shape(x[0]!) as [number, number, ...number[]];
      const flat = b.reshape(x[0]!, [batch, channels, size(spatial)]);
      const first = b.op("ArgMax", [flat], { axis: 2 });
      const hot = b.cast(b.op("Equal", [first, b.ints([...Array(size(spatial)).keys()])]), "float32");
      return b.mul(b.reshape(hot, [batch, channels, ...spatial]), dy);
    },
  ],
  GlobalAveragePool: ({ b, x, dy }) => [() => shared(b, dy, b.shape(x[0]!).slice(2) as number[])],
};

/** One window, of the whole image and nothing else. */
function coversAll(w: Window): boolean {
  return w.kernel.every((k, i) => k === w.input[i] && w.output[i] === 1 && w.begin[i] === 0);
}

/** A mean's gradient, in equal parts. */
function shared(b: GraphBuilder, dy: Value, spatial: readonly number[]): Value {
  return b.op("Expand", [b.div(dy, size(spatial)), b.ints([1, 1, ...spatial])]);
}

function ones(b: GraphBuilder, channels: number, { kernel }: Window): Value {
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

function padsEnd(b: GraphBuilder, node: Parameters<typeof windowOfNode>[1], x: Value, y: Value): number[] {
  const w = windowOfNode(b, node, x, y, []);
  const pads = (node.attributes["pads"] as number[] | undefined) ?? [...w.begin, ...w.begin];
  return pads.slice(w.kernel.length);
}

/** How many elements each window averages over, shape [1, 1, …output]. */
function windowCounts(w: Window, includePadding: boolean, end: readonly number[]) {
  const alongAxis = w.kernel.map((k, i) =>
    Array.from({ length: w.output[i]! }, (_, o) => {
      const first = o * w.strides[i]! - w.begin[i]!;
      const [low, high] = includePadding ? [-w.begin[i]!, w.input[i]! + end[i]!] : [0, w.input[i]!];
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
