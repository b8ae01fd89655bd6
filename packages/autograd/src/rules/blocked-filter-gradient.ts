import type { GraphBuilder, Value } from "../builder.js";
import { blockOf, channelsLast } from "./blocked.js";
import { endOf, patches, type Window } from "./window.js";

/**
 * ∂L/∂W of a channel-blocked convolution, in the stored filter layout: products over all positions of what the kernel
 * saw and the output's gradient. A kernel of kh × kw elements may shift x alone, in kh·kw copies, or x along rows, in kw
 * copies, and the gradient along columns, in kh copies: what copies less is taken.
 */
export function filterGradient(b: GraphBuilder, x: Value, dz: Value, filter: Value, w: Window): Value {
  const [outputs, inputs, high, wide] = b.shape(filter) as [number, number, number, number];
  const block = blockOf(b);
  if (inputs < block) return plainInput(b, x, dz, filter, w);
  const bothShift = w.strides.every((s) => s === 1) && 2 * wide * inputs + high * outputs < 2 * high * wide * inputs;
  const products = bothShift ? shiftBoth(b, x, dz, w) : [shiftInput(b, x, dz, w)];
  const byBlock = b.reshape(joined(b, products, 0), [high * wide, inputs / block, block, outputs / block, block]);
  return b.reshape(b.transpose(byBlock, [3, 1, 0, 2, 4]), b.shape(filter));
}

/** Patches [N, positions, kh·kw·C] with the gradient: [kh·kw·C, K]. */
function shiftInput(b: GraphBuilder, x: Value, dz: Value, w: Window): Value {
  return overPositions(b, joined(b, patches(b, channelsLast(b, x), w, 1), 3), channelsLast(b, dz));
}

/**
 * Patches of single rows [N, positions, kw·C] with the gradient moved down by each kernel row's place: kh times [kw·C, K].
 * The rows that x is padded with count as positions.
 */
function shiftBoth(b: GraphBuilder, x: Value, dz: Value, w: Window): Value[] {
  const rows = w.input[0]! + w.begin[0]! + endOf(w)[0]!;
  const row = { ...w, kernel: [1, w.kernel[1]!], output: [rows, w.output[1]!] };
  const seen = joined(b, patches(b, channelsLast(b, x), row, 1), 3);
  const gradient = channelsLast(b, dz);
  return Array.from({ length: w.kernel[0]! }, (_, i) => {
    const above = i * w.dilations[0]!;
    return overPositions(b, seen, padRows(b, gradient, above, rows - w.output[0]! - above));
  });
}

/** An input of few channels, in the plain layout: patches [N, kh·kw·C, positions] with gradients [N, positions, K]. */
function plainInput(b: GraphBuilder, x: Value, dz: Value, filter: Value, w: Window): Value {
  const [outputs, inputs, high, wide] = b.shape(filter) as [number, number, number, number];
  const block = blockOf(b);
  const positions = w.output[0]! * w.output[1]!;
  const seen = b.reshape(joined(b, patches(b, x, w, 2), 1), [-1, high * wide * inputs, positions]);
  const product = b.reduceSum(b.matMul(seen, b.reshape(channelsLast(b, dz), [-1, positions, outputs])), [0]);
  const byBlock = b.reshape(product, [high * wide, inputs, outputs / block, block]);
  return b.reshape(b.transpose(byBlock, [2, 1, 0, 3]), b.shape(filter));
}

/** Σ over images and positions of lᵀ·r, both [N, H, W, …]: image by image, in the cache, if the products are small. */
function overPositions(b: GraphBuilder, left: Value, right: Value): Value {
  const [, height, width, m] = b.shape(left) as [unknown, number, number, number];
  const n = b.shape(right)[3] as number;
  const positions = height * width;
  const apart = m * n < (positions * (m + n)) / 2;
  const matrix = (v: Value, columns: number) => b.reshape(v, apart ? [-1, positions, columns] : [-1, columns]);
  const product = b.matMul(matrix(left, m), matrix(right, n), { transA: 1 });
  return apart ? b.reduceSum(product, [0]) : product;
}

function padRows(b: GraphBuilder, v: Value, above: number, below: number): Value {
  return above || below ? b.op("Pad", [v, b.ints([0, above, 0, 0, 0, below, 0, 0])]) : v;
}

function joined(b: GraphBuilder, parts: readonly Value[], axis: number): Value {
  return parts.length === 1 ? parts[0]! : b.op("Concat", parts, { axis });
}
