import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, intsAttribute, stringAttribute, type Node } from "../graph/model.js";
import { imageByImage } from "./filter-gradient.js";
import type { GradientRules } from "./rule.js";
import { addDims, multiplyDims, subtractDims } from "../graph/dims.js";
import { backwardPads, endOf, isFixed, openWindowOf, patches, type OpenWindow } from "./window.js";

export const convolution: GradientRules = {
  Conv: ({ b, node, x, dy }) => {
    const [input, weight] = x as [Value, Value];
    const window = openWindowOf(b, node, input, dy, b.shape(weight).slice(2) as number[]);
    const groups = intAttribute(node, "group", 1);
    return [
      () => inputGradient(b, dy, weight, window, groups, input),
      () => weightGradient(b, input, dy, weight, window, groups),
      () => b.reduceSum(dy, [0, ...window.kernel.map((_, i) => i + 2)]),
    ];
  },
  // A transposed convolution is the data gradient of a convolution whose input is dy and whose output is x.
  ConvTranspose: ({ b, node, x, dy }) => {
    const [input, weight] = x as [Value, Value];
    const window = transposedWindow(b, node, input, weight, dy);
    const groups = intAttribute(node, "group", 1);
    return [
      () => correlate(b, dy, weight, window, groups),
      () => weightGradient(b, dy, input, weight, window, groups),
      () => b.reduceSum(dy, [0, ...window.kernel.map((_, i) => i + 2)]),
    ];
  },
};

/** The window of the convolution from y's space to x's that a ConvTranspose from x to y undoes. */
function transposedWindow(b: GraphBuilder, node: Node, x: Value, weight: Value, y: Value): OpenWindow {
  const [output, input] = [b.shape(x).slice(2), b.shape(y).slice(2)];
  const kernel = intsAttribute(node, "kernel_shape") ?? (b.shape(weight).slice(2) as number[]);
  const ones = kernel.map(() => 1);
  const zeros = kernel.map(() => 0);
  const strides = intsAttribute(node, "strides") ?? ones;
  const dilations = intsAttribute(node, "dilations") ?? ones;
  const extra = intsAttribute(node, "output_padding") ?? zeros;
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  const pads = intsAttribute(node, "pads") ?? [...zeros, ...zeros];
  let [begin, end] = [pads.slice(0, kernel.length), pads.slice(kernel.length)];
  if (auto === "VALID") [begin, end] = [zeros, zeros];
  else if (intsAttribute(node, "output_shape") || auto !== "NOTSET") {
    const total = kernel.map((k, i) => {
      const over = extra[i]! + dilations[i]! * (k - 1) + 1 - strides[i]!;
      const covered = subtractDims(addDims(multiplyDims(output[i]!, strides[i]!), over), input[i]!);
      if (typeof covered === "number") return Math.max(0, covered);
      throw new UnsupportedError(
        node,
        "its gradient needs a fixed size with output_shape; give the size of the input (only the batch may stay open)",
      );
    });
    begin = total.map((t) => (auto === "SAME_UPPER" ? Math.floor(t / 2) : Math.ceil(t / 2)));
    end = total.map((t, i) => t - begin[i]!);
  }
  // What the output was padded by at its end belongs to no window.
  return { kernel, strides, dilations, begin, end: end.map((p, i) => p - extra[i]!), ceil: false, input, output };
}

/** The plain convolution of x by `weight` over the window. */
function correlate(b: GraphBuilder, x: Value, weight: Value, w: OpenWindow, groups: number): Value {
  const end = isFixed(w) ? endOf(w) : w.end;
  // What lies behind the last window is cropped: a convolution takes no negative padding.
  const cropped = end.some((e) => e < 0)
    ? b.op("Pad", [x, b.ints([0, 0, ...w.kernel.map(() => 0), 0, 0, ...end.map((e) => Math.min(e, 0))])])
    : x;
  const attributes = {
    kernel_shape: [...w.kernel],
    strides: [...w.strides],
    dilations: [...w.dilations],
    pads: [...w.begin, ...end.map((e) => Math.max(e, 0))],
    group: groups,
  };
  return b.op("Conv", [cropped, weight], attributes);
}

/**
 * ∂L/∂x: the correlation with the flipped, transposed weight where the stride is 1, else a transposed convolution; on
 * WebAssembly that, too, where the weight is so much larger than an image's dy that flipping it costs more.
 * @param x whose shape it has
 */
export function inputGradient(
  b: GraphBuilder,
  dy: Value,
  weight: Value,
  w: OpenWindow,
  groups: number,
  x: Value,
): Value {
  const pads = backwardPads(w);
  if (!pads || (b.engine === "wasm" && isMuchLarger(b, weight, w))) return spread(b, dy, weight, w, groups, x);
  return b.op("Conv", [dy, flippedTransposed(b, weight, groups)], {
    kernel_shape: [...w.kernel],
    dilations: [...w.dilations],
    pads,
    group: groups,
  });
}

/** Found by measuring 3 × 3 kernels of 64 to 256 channels at 4 × 4 to 16 × 16 positions: from there on it takes 0.75 to 0.95 of the time. */
const muchLarger = 8;

/** Whether each output channel has so many more weights than positions. */
function isMuchLarger(b: GraphBuilder, weight: Value, w: OpenWindow): boolean {
  const [, ...each] = b.shape(weight) as number[];
  return isFixed(w) && size(each) >= muchLarger * size(w.output);
}

/**
 * Spreads each output's gradient over the window it came from, weighted by `weight`: a ConvTranspose.
 * @param x whose spatial sizes it has
 */
export function spread(b: GraphBuilder, dy: Value, weight: Value, w: OpenWindow, groups: number, x: Value): Value {
  const form = { kernel_shape: [...w.kernel], strides: [...w.strides], dilations: [...w.dilations], group: groups };
  if (!isFixed(w)) return fitted(b, b.op("ConvTranspose", [dy, weight], form), w, x);
  const excess = endOf(w);
  return b.op("ConvTranspose", [dy, weight], {
    ...form,
    pads: [...w.begin, ...excess.map((e) => Math.max(e, 0))],
    output_padding: excess.map((e) => Math.max(-e, 0)),
  });
}

/** What the windows cover, cropped or padded to the input's sizes, which are known at run time. */
function fitted(b: GraphBuilder, covered: Value, w: OpenWindow, x: Value): Value {
  const spatial = (v: Value) => b.op("Shape", [v], { start: 2 });
  const end = b.add(b.sub(spatial(x), spatial(covered)), b.ints(w.begin));
  const pads = b.op("Concat", [b.ints([0, 0, ...w.begin.map((p) => -p), 0, 0]), end], { axis: 0 });
  const shape = [...b.shape(covered).slice(0, 2), ...b.shape(x).slice(2)];
  return b.op("Pad", [covered, pads], {}, { shape });
}

/** [K, C/g, …] → [C, K/g, …], reversed along every spatial axis. */
function flippedTransposed(b: GraphBuilder, weight: Value, groups: number): Value {
  const [outputs, inputs, ...kernel] = b.shape(weight) as number[];
  const perGroup = outputs! / groups;
  const spatial = kernel.map((_, i) => i + 3);
  const grouped = b.reshape(weight, [groups, perGroup, inputs!, ...kernel]);
  const swapped = b.reshape(b.transpose(grouped, [0, 2, 1, ...spatial]), [groups * inputs!, perGroup, ...kernel]);
  return reversed(b, swapped, kernel, 2);
}

/** Reversed along every kernel axis, of which the first is `axis`. */
function reversed(b: GraphBuilder, weight: Value, kernel: readonly number[], axis: number): Value {
  const axes = kernel.flatMap((k, i) => (k > 1 ? [axis + i] : []));
  if (axes.length === 0) return weight;
  const all = (v: number) => b.ints(axes.map(() => v));
  return b.op("Slice", [weight, all(-1), all(-(2 ** 40)), b.ints(axes), all(-1)]);
}

/** ∂L/∂W as one matrix product per group: the output's gradient times the patches that the kernel saw. */
function weightGradient(b: GraphBuilder, x: Value, dy: Value, weight: Value, w: OpenWindow, groups: number): Value {
  const apart = b.engine !== "cpu" ? imageByImage(b, x, dy, weight, w, groups) : undefined;
  if (apart) return apart;
  const [outputs, perGroup, ...kernel] = b.shape(weight) as number[];
  const channelsFirst = (v: Value) => b.transpose(v, [1, 0, ...kernel.map((_, i) => i + 2)]);
  const flat = (v: Value, rows: number) => b.op("Reshape", [v, b.ints([groups, rows, -1])]);
  const seen = patches(b, channelsFirst(x), w, 2).map((p) => flat(p, perGroup!));
  const all = seen.length === 1 ? seen[0]! : b.op("Concat", seen, { axis: 1 });
  const product = b.matMul(flat(channelsFirst(dy), outputs! / groups), all, { transB: 1 });
  const byTap = b.reshape(product, [outputs!, seen.length, perGroup!]);
  return b.reshape(b.transpose(byTap, [0, 2, 1]), [outputs!, perGroup!, ...kernel]);
}

function size(dims: readonly number[]): number {
  return dims.reduce((all, n) => all * n, 1);
}
