import type { GraphBuilder, Value } from "../../builder.js";
import { blockOf } from "./layout.js";
import { channelsLast, pick, pixels } from "./pixels.js";
import { patches, places, type Window } from "../window.js";

/**
 * ∂L/∂W of a channel-blocked convolution, in the stored filter layout: the product, over all positions, of what the kernel
 * saw and the output's gradient. A kernel of kh × kw elements may shift x alone, in kh·kw copies, or x along rows, in kw
 * copies, and the gradient along columns, in kh copies: what copies less is taken.
 */
export function filterGradient(b: GraphBuilder, x: Value, dz: Value, filter: Value, w: Window): Value {
  const [outputs, inputs, high, wide] = b.shape(filter) as [number, number, number, number];
  const block = blockOf(b);
  if (inputs < block) return plainInput(b, x, dz, filter, w);
  const both = w.strides[0] === 1 && wide * inputs + high * outputs < high * wide * inputs;
  const [gradientShifts, inputShifts] = both ? [high, wide] : [1, high * wide];
  // [shifts of the gradient, outputs] after [shifts of x, inputs]
  const product = both ? shiftBoth(b, x, dz, w) : shiftInput(b, x, dz, w);
  const split = [inputShifts, inputs / block, block, gradientShifts, outputs / block, block];
  return b.reshape(b.transpose(b.reshape(product, split), [4, 1, 3, 0, 2, 5]), b.shape(filter));
}

/** [kh·kw·C, K], over the output's positions. */
function shiftInput(b: GraphBuilder, x: Value, dz: Value, w: Window): Value {
  const [row, column] = [0, 1].map(
    (i) => (at: number, tap: number) => at * w.strides[i]! + tap * w.dilations[i]! - w.begin[i]!,
  );
  const seen = pixels(b, x, w.output, w.kernel, ([r, c], [i, j]) => [row!(r, i), column!(c, j)]);
  return overPositions(b, seen, channelsLast(b, dz));
}

/** [kw·C, kh·K], over the rows of the input and the columns of the output. */
function shiftBoth(b: GraphBuilder, x: Value, dz: Value, w: Window): Value {
  const positions = [w.input[0]!, w.output[1]!];
  const column = (at: number, tap: number) => at * w.strides[1]! + tap * w.dilations[1]! - w.begin[1]!;
  const seen = pixels(b, x, positions, [1, w.kernel[1]!], ([r, c], [, j]) => [r, column(c, j)]);
  const row = (at: number, tap: number) => at + w.begin[0]! - tap * w.dilations[0]!;
  const shifted = pixels(b, dz, positions, [w.kernel[0]!, 1], ([r, c], [i]) => [row(r, i), c]);
  return overPositions(b, seen, shifted);
}

/**
 * An input of few channels, in the plain layout: patches [N, kh·kw·C, positions] with gradients [N, positions, K]. Slices
 * shift along rows, and whole rows are then picked for each kernel row.
 */
function plainInput(b: GraphBuilder, x: Value, dz: Value, filter: Value, w: Window): Value {
  const [outputs, inputs, high, wide] = b.shape(filter) as [number, number, number, number];
  const block = blockOf(b);
  const [[inputRows], [rows, columns]] = [w.input, w.output] as [[number, number], [number, number]];
  const alongRows = {
    ...w,
    kernel: [1, wide],
    strides: [1, w.strides[1]!],
    begin: [0, w.begin[1]!],
    output: [inputRows, columns],
  };
  const shifted = b.op("Concat", patches(b, x, alongRows, 2), { axis: 1 });
  const planes = wide * inputs;
  const order = places([high, planes, rows]).map(([i, plane, r]) => {
    const row = r! * w.strides[0]! + i! * w.dilations[0]! - w.begin[0]!;
    return row >= 0 && row < inputRows ? plane! * inputRows + row : planes * inputRows;
  });
  const seen = b.reshape(pick(b, shifted, [planes * inputRows, columns], order), [-1, high * planes, rows * columns]);
  const product = b.reduceSum(b.matMul(seen, channelsLast(b, dz)), [0]);
  const byBlock = b.reshape(product, [high * wide, inputs, outputs / block, block]);
  return b.reshape(b.transpose(byBlock, [2, 1, 0, 3]), b.shape(filter));
}

/** Σ over images and positions of lᵀ·r, both [N, positions, …]: image by image, in the cache, if the products are small. */
function overPositions(b: GraphBuilder, left: Value, right: Value): Value {
  const [, positions, m] = b.shape(left) as [unknown, number, number];
  const n = b.shape(right)[2] as number;
  const apart = m * n < (positions * (m + n)) / 2;
  const matrix = (v: Value, columns: number) => (apart ? v : b.reshape(v, [-1, columns]));
  const product = b.matMul(matrix(left, m), matrix(right, n), { transA: 1 });
  return apart ? b.reduceSum(product, [0]) : product;
}
