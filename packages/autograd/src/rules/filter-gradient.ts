import type { GraphBuilder, Value } from "../builder.js";
import { tensorOf } from "../graph/tensor.js";
import { endOf, isFixed, places, type OpenWindow, type Window } from "./window.js";

/**
 * ∂L/∂W of a convolution as a GPU and WebAssembly like it: products image by image, summed afterwards. One product over the
 * positions of all images is as long as there are positions and as small as the filter: a GPU gives it to a handful of its
 * processors (on an H100, 30 ms for 16 × 27 numbers over 64 images of 64 × 64; so it takes 1), and on WebAssembly what it
 * multiplies is out of the cache (two threads, 16 × 27 over 32 images of 32 × 32: 3 ms for 9).
 * @returns undefined where that is no way: where a size is free, or groups have several channels, or one on WebAssembly
 */
export function imageByImage(
  b: GraphBuilder,
  x: Value,
  dy: Value,
  weight: Value,
  w: OpenWindow,
  groups: number,
): Value | undefined {
  if (!isFixed(w)) return undefined;
  const [outputs, perGroup, ...kernel] = b.shape(weight) as number[];
  const taps = product(kernel);
  const positions = product(w.output);
  if (groups === 1) {
    const seen = shaped(b, seenByTaps(b, x, w), [-1, perGroup! * taps, positions]);
    const gradient = shaped(b, dy, [-1, outputs!, positions]);
    return b.reshape(summedProduct(b, gradient, seen, positions), [outputs!, perGroup!, ...kernel]);
  }
  if (perGroup !== 1 || outputs !== groups || b.engine === "wasm") return undefined;
  // A channel by itself: no product of matrices, but one number for every tap.
  const { flat, size } = flattened(b, x, w);
  const gradient = shaped(b, dy, [-1, groups, 1, positions]);
  const channels = flat();
  const rows = slabs(w.kernel).map((offsets) => {
    const seen = shaped(b, picked(b, channels, size, w, offsets), [-1, groups, offsets.length, positions]);
    return b.reduceSum(b.mul(seen, gradient), [3]);
  });
  const perImage = rows.length === 1 ? rows[0]! : b.op("Concat", rows, { axis: 2 });
  return b.reshape(b.reduceSum(perImage, [0]), [outputs!, 1, ...kernel]);
}

/** With so few positions an image's products are larger than what they are made of. */
const few = 32;

/** Σ_n a_n · b_nᵀ of a [N, A, P] and b [N, B, P]: [A, B]. */
function summedProduct(b: GraphBuilder, left: Value, right: Value, positions: number): Value {
  const [rows, columns] = [b.shape(left)[1] as number, b.shape(right)[1] as number];
  if (positions < few) {
    const flat = (v: Value, size: number) => shaped(b, b.transpose(v, [1, 0, 2]), [size, -1]);
    return b.op("Gemm", [flat(left, rows), flat(right, columns)], { transB: 1 });
  }
  // The smaller of the two is transposed.
  if (columns <= rows) return b.reduceSum(b.matMul(left, right, { transB: 1 }), [0]);
  return b.transpose(b.reduceSum(b.matMul(right, left, { transB: 1 }), [0]), [1, 0]);
}

/** The taps of a kernel by its first axis: written down for all of them at once, what they met is too large to be kept for reuse. */
function slabs(kernel: readonly number[]): number[][][] {
  const all = places(kernel);
  const each = all.length / kernel[0]!;
  return Array.from({ length: kernel[0]! }, (_, i) => all.slice(i * each, (i + 1) * each));
}

/**
 * What every tap met at every position, [N, C · taps, positions]: on a GPU by one Gather, where slices would be one for every
 * tap; on WebAssembly, where a Gather moves number by number, by slices along one axis after the other, which move rows.
 */
function seenByTaps(b: GraphBuilder, x: Value, w: Window): Value {
  const { padded, flat, size } = flattened(b, x, w);
  const each = w.kernel.every((k) => k === 1) && w.strides.every((s) => s === 1) && product(size) === product(w.output);
  if (each) return flat();
  return b.engine === "wasm" ? sliced(b, padded, w) : picked(b, flat(), size, w, places(w.kernel));
}

/** By slices along the last axis, and of these along the one before it: each of these is a block of rows. */
function sliced(b: GraphBuilder, padded: Value, w: Window): Value {
  let seen = [padded];
  for (let axis = w.kernel.length - 1; axis >= 0; axis--) {
    const alongAxis = (v: Value, tap: number): Value => {
      const start = tap * w.dilations[axis]!;
      const stop = start + (w.output[axis]! - 1) * w.strides[axis]! + 1;
      return b.op("Slice", [v, ...[start, stop, axis + 2, w.strides[axis]!].map((n) => b.ints([n]))]);
    };
    const before = seen;
    seen = Array.from({ length: w.kernel[axis]! }, (_, tap) => before.map((v) => alongAxis(v, tap))).flat();
  }
  return seen.length === 1 ? seen[0]! : b.op("Concat", seen, { axis: 2 });
}

/** Padded as the window has it, also as [N, C, padded positions], and its spatial sizes. */
function flattened(b: GraphBuilder, x: Value, w: Window): { padded: Value; flat: () => Value; size: number[] } {
  const end = endOf(w).map((e) => Math.max(e, 0));
  const padded = [...w.begin, ...end].every((p) => p === 0)
    ? x
    : b.op("Pad", [x, b.ints([0, 0, ...w.begin, 0, 0, ...end])]);
  const size = w.input.map((n, i) => n + w.begin[i]! + end[i]!);
  return { padded, flat: () => shaped(b, padded, [-1, b.shape(x)[1] as number, product(size)]), size };
}

function picked(b: GraphBuilder, flat: Value, size: readonly number[], w: Window, taps: readonly number[][]): Value {
  const at = (place: readonly number[], tap: readonly number[]) =>
    size.reduce((index, n, i) => index * n + place[i]! * w.strides[i]! + tap[i]! * w.dilations[i]!, 0);
  const everywhere = places(w.output);
  const indices = taps.flatMap((tap) => everywhere.map((place) => at(place, tap)));
  return b.op("Gather", [flat, b.constant(tensorOf("int32", [indices.length], indices))], { axis: 2 });
}

/** Of which at most one size, the batch, is open: -1. */
function shaped(b: GraphBuilder, v: Value, shape: readonly number[]): Value {
  return b.op("Reshape", [v, b.ints(shape)]);
}

const product = (numbers: readonly number[]): number => numbers.reduce((all, n) => all * n, 1);
