import type { GraphBuilder, Value } from "../../builder.js";
import { float32 } from "../../graph/tensor.js";
import { places } from "../window.js";
import { blockOf } from "./layout.js";

type Pair = readonly [number, number];

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
  const blocks = channels / blockOf(b);
  const outside = blocks * height * width;
  const everyTap = places(taps);
  const indices: number[] = [];
  for (const [r, c] of places(positions))
    for (const [i, j] of everyTap) {
      const [row, column] = at([r!, c!], [i!, j!]);
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      for (let k = 0; k < blocks; k++) indices.push(inside ? (k * height + row) * width + column : outside);
    }
  return b.reshape(pick(b, v, [outside, blockOf(b)], indices), [
    -1,
    positions[0]! * positions[1]!,
    taps[0]! * taps[1]! * channels,
  ]);
}

/**
 * Windows of [high, wide] side by side over a blocked image like x, apart by their elements.
 * @returns `pieces` of an image, [N, high·wide, windows, block]; what brings a value with one element for `each` window to
 *   [N, 1, windows, block]; and what brings pieces back to the `whole` image
 */
export function besides(b: GraphBuilder, x: Value, [high, wide]: readonly number[]) {
  const [, channels, height, width] = b.shape(x) as [unknown, number, number, number];
  const block = blockOf(b);
  const grid = [((channels / block) * height) / high!, width / wide!];
  const windows = grid[0]! * grid[1]!;
  const order = places([high!, wide!, ...grid]).map(([i, j, r, c]) => (r! * high! + i!) * width + c! * wide! + j!);
  const back: number[] = [];
  order.forEach((from, to) => (back[from] = to));
  const shaped = (v: Value, pieces: number) => b.op("Reshape", [v, b.ints([-1, pieces, windows, block])]);
  return {
    pieces: (image: Value) => shaped(pick(b, image, [order.length, block], order), high! * wide!),
    each: (v: Value) => shaped(v, 1),
    whole: (pieces: Value) => b.reshape(pick(b, pieces, [back.length, block], back), b.shape(x), x),
  };
}

/** Rows of numbers by their places in an image of [rows, width]: [N, order, width]; the place behind the last holds zeros. */
export function pick(b: GraphBuilder, v: Value, [rows, width]: Pair, order: readonly number[]): Value {
  const all = b.op("Reshape", [v, b.ints([-1, rows, width])]);
  if (order.length === rows && order.every((place, i) => place === i)) return all;
  return b.op("Gather", [order.includes(rows) ? withZeros(b, all, width) : all, b.ints(order)], { axis: 1 });
}

/** One more row, of zeros; as a Concat, which the runtime does on all threads, unlike a Pad. */
function withZeros(b: GraphBuilder, rows: Value, width: number): Value {
  const images = b.op("Shape", [rows], { start: 0, end: 1 });
  const shape = b.op("Concat", [images, b.ints([1, width])], { axis: 0 });
  return b.op("Concat", [rows, b.op("Expand", [b.constant(float32([0], [1, 1, 1])), shape])], { axis: 1 });
}
