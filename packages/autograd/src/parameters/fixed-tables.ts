import type { Node } from "../graph/model.js";
import { sizeOf, type Tensor } from "../graph/tensor.js";

/**
 * Whether a formula gives a tensor's elements, as no training leaves them: a sinusoid along an axis, a geometric or an
 * arithmetic sequence, coordinates that grow by one step along the axes, a mask of 0 and one large negative number, a
 * filter that blurs every channel alike. A tensor of one value throughout may be a weight as it was initialised.
 * @param readers the nodes that read it
 */
export function fixedByValue({ shape, data }: Tensor, readers: readonly Node[]): boolean {
  const values = data as Float32Array;
  const axes = shape.filter((d) => d > 1);
  if (values.length < 3 || axes.length === 0 || values.every((v) => v === values[0])) return false;
  if (isMask(values, readers) || isSharedFilter(shape, values, readers)) return true;
  if (readers.some((node) => node.opType === "Conv" || node.opType === "Gemm")) return false;
  // A weight fails each of these at its first elements: only what passes is read whole.
  const follows =
    axes.length === 1
      ? values.length > 3 && (isGeometric(values) || isArithmetic(values))
      : isSinusoidal(values, axes) || isGrid(values, axes);
  return follows && values.every((v) => Number.isFinite(v));
}

const blending = new Set([
  "Add",
  "Sub",
  "Mul",
  "Where",
  "Slice",
  "Gather",
  "Cast",
  "Unsqueeze",
  "Expand",
  "Reshape",
  "Max",
  "Min",
]);

/** 0 where something may be seen, −100 or much less where it may not; or 1 and 0. */
function isMask(values: Float32Array, readers: readonly Node[]): boolean {
  const low = values.find((v) => v !== 0)!;
  const two = values.every((v) => v === 0 || v === low) && values.includes(0);
  return two && (low <= -100 || low === 1) && values.length > 3 && readers.every((node) => blending.has(node.opType));
}

/** The weight [channels, 1, height, width] of a convolution that filters all channels alike: antialiasing before strides. */
function isSharedFilter(shape: readonly number[], values: Float32Array, readers: readonly Node[]): boolean {
  const [channels, one, ...window] = shape;
  if (channels! < 2 || one !== 1 || !readers.every((node) => node.opType === "Conv")) return false;
  const size = sizeOf(window);
  return size > 1 && values.every((v, i) => v === values[i % size]);
}

function isGeometric(values: Float32Array): boolean {
  const ratio = values[1]! / values[0]!;
  return ratio !== 1 && values.every((v, i) => v > 0 && (i === 0 || near(v, ratio * values[i - 1]!, v)));
}

function isArithmetic(values: Float32Array): boolean {
  const step = values[1]! - values[0]!;
  const range = Math.abs(step) * values.length;
  return step !== 0 && values.every((v, i) => i === 0 || near(v - values[i - 1]!, step, range));
}

/** Coordinates: along each of the last two axes the elements grow by steps that are all alike. */
function isGrid(values: Float32Array, axes: readonly number[]): boolean {
  const [rows, columns] = axes.slice(-2) as [number, number];
  if (rows < 3 || columns < 3) return isGridOfVectors(values, axes);
  return everyLine(values, 1, columns, straight) && everyLine(values, columns, rows, straight);
}

/** Coordinates of places, [places, 2 or 3]: sequences that are repeated, or whose elements are. */
function isGridOfVectors(values: Float32Array, axes: readonly number[]): boolean {
  const width = axes.at(-1)!;
  if (width > 3 || values.length / width < 4) return false;
  return [...Array(width).keys()].every((at) => {
    const levels = [...new Set(values.filter((_, i) => i % width === at))].sort((a, b) => a - b);
    const count = values.length / width;
    return levels.length > 1 && levels.length <= count / 2 && isArithmetic(Float32Array.from(levels));
  });
}

/**
 * Sinusoids along the second-last axis: with x_t = sin(ωt + φ), x_{t−1} + x_{t+1} = 2cos(ω)·x_t, and no value is above 1.
 */
function isSinusoidal(values: Float32Array, axes: readonly number[]): boolean {
  const [rows, columns] = axes.slice(-2) as [number, number];
  if (rows < 4) return false;
  const spread = new Set(values.subarray(0, 64)).size > 8;
  return (
    spread &&
    everyLine(values, columns, rows, oscillates) &&
    values.every((v) => Math.abs(v) <= 1.001) &&
    values.some((v) => Math.abs(v) > 0.5)
  );
}

/** A line's element t. */
type Line = (t: number) => number;

function straight(x: Line, length: number): boolean {
  const step = x(1) - x(0);
  for (let t = 2; t < length; t++)
    if (!near(x(t) - x(t - 1), step, length * Math.abs(step) + Math.abs(x(0)))) return false;
  return true;
}

function oscillates(x: Line, length: number): boolean {
  // 2cos(ω) by least squares over a window, so that noise does not matter where x is small.
  const last = Math.min(length - 1, 64);
  let [up, down] = [0, 0];
  for (let t = 1; t < last; t++) {
    up += (x(t - 1) + x(t + 1)) * x(t);
    down += x(t) * x(t);
  }
  const twice = down === 0 ? 2 : up / down;
  for (let t = 1; t < last; t++) if (Math.abs(x(t - 1) + x(t + 1) - twice * x(t)) > 1e-3) return false;
  return Math.abs(twice) <= 2.001;
}

/** Whether all lines along an axis are so: `stride` elements apart, `length` long. */
function everyLine(
  values: Float32Array,
  stride: number,
  length: number,
  holds: (x: Line, length: number) => boolean,
): boolean {
  for (let block = 0; block < values.length; block += stride * length)
    for (let at = block; at < block + stride; at++) if (!holds((t) => values[at + t * stride]!, length)) return false;
  return true;
}

function near(a: number, b: number, scale: number): boolean {
  return Math.abs(a - b) <= 1e-4 * Math.abs(scale);
}
