import type { GraphBuilder, Value } from "../builder.js";
import { isStatic } from "../graph/dims.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, intsAttribute, type Node } from "../graph/model.js";
import type { Shape } from "../graph/tensor.js";
import { windowOf } from "../infer/window.js";

/** A sliding window's geometry, spatial axes only. Sizes may be free. */
export interface OpenWindow {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  /** The padding at the end of each axis, as the node has it. */
  readonly end: readonly number[];
  /** Whether a last window may reach beyond that. */
  readonly ceil: boolean;
  readonly input: Shape;
  readonly output: Shape;
}

/** One with sizes in plain numbers. */
export interface Window extends OpenWindow {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

export function openWindowOf(
  b: GraphBuilder,
  node: Node,
  x: Value,
  y: Value,
  weightKernel: readonly number[],
): OpenWindow {
  const kernel = intsAttribute(node, "kernel_shape") ?? weightKernel;
  const [input, output] = [b.shape(x).slice(2), b.shape(y).slice(2)];
  const { strides, dilations, pads } = windowOf(node, input, kernel);
  const [begin, end] = [pads.slice(0, kernel.length), pads.slice(kernel.length)];
  return { kernel, strides, dilations, begin, end, ceil: intAttribute(node, "ceil_mode", 0) !== 0, input, output };
}

/** @throws {UnsupportedError} where a size is free. */
export function windowOfNode(b: GraphBuilder, node: Node, x: Value, y: Value, weightKernel: readonly number[]): Window {
  const window = openWindowOf(b, node, x, y, weightKernel);
  if (isFixed(window)) return window;
  throw new UnsupportedError(
    node,
    "its gradient needs a fixed size here; give the size of the input (only the batch may stay open)",
  );
}

export function isFixed(w: OpenWindow): w is Window {
  return isStatic(w.input) && isStatic(w.output);
}

/** From an axis's first element in a window to its last. */
export function reachOf(w: OpenWindow): number[] {
  return w.kernel.map((k, i) => w.dilations[i]! * (k - 1));
}

/** How far the last window reaches beyond the end of the input; negative where it stops short. */
export function endOf(w: Window): number[] {
  return reachOf(w).map((reach, i) => (w.output[i]! - 1) * w.strides[i]! + reach + 1 - w.begin[i]! - w.input[i]!);
}

/** No two windows overlap, none is padded: every element belongs to one window at most. */
export function tiles(w: OpenWindow): boolean {
  const apart = w.kernel.every((k, i) => w.strides[i]! >= k && w.dilations[i] === 1 && w.begin[i] === 0);
  if (!apart) return false;
  if (!isFixed(w)) return !w.ceil && w.end.every((e) => e === 0);
  return w.kernel.every((k, i) => (w.output[i]! - 1) * w.strides[i]! + k <= w.input[i]!);
}

/** The padding with which a plain convolution of the output's gradient gives the input's; undefined where none does. */
export function backwardPads(w: OpenWindow): number[] | undefined {
  if (!w.strides.every((s) => s === 1)) return undefined;
  const reach = reachOf(w);
  const begin = reach.map((r, i) => r - w.begin[i]!);
  const end = isFixed(w)
    ? reach.map((r, i) => w.input[i]! - w.output[i]! + r - begin[i]!)
    : reach.map((r, i) => r - w.end[i]!);
  const pads = [...begin, ...end];
  return pads.every((p) => p >= 0) ? pads : undefined;
}

/**
 * What each kernel element met, for every output position: one slice per kernel element, in row-major order, of x with
 * its spatial axes from `axis` on. Outside of x it met the `padding`.
 */
export function patches(b: GraphBuilder, x: Value, w: OpenWindow, axis: number, padding = 0): Value[] {
  const axes = w.kernel.map((_, i) => axis + i);
  const rank = b.shape(x).length;
  const onAxes = (amounts: readonly number[]) => Array.from({ length: rank }, (_, i) => amounts[i - axis] ?? 0);
  const fixed = isFixed(w);
  // With a free size the end may be cropped too: what is left over is less than a stride.
  const end = fixed ? endOf(w).map((e) => Math.max(e, 0)) : w.end;
  const padded = [...w.begin, ...end].every((p) => p === 0 || (fixed && p < 0))
    ? x
    : b.op("Pad", [x, b.ints([...onAxes(w.begin), ...onAxes(end)]), padding]);
  const size = b.shape(padded).slice(axis);
  const reach = reachOf(w);
  const taps = w.kernel.reduce((offsets, k) => offsets.flatMap((o) => Array.from({ length: k }, (_, i) => [...o, i])), [
    [],
  ] as number[][]);
  const shape = b.shape(x).map((d, i) => w.output[i - axis] ?? d);
  return taps.map((tap) => {
    const start = tap.map((t, i) => t * w.dilations[i]!);
    // Counted from the end where the size is free.
    const stop = fixed
      ? start.map((s, i) => s + (w.output[i]! - 1) * w.strides[i]! + 1)
      : start.map((s, i) => (s < reach[i]! ? s - reach[i]! : toTheEnd));
    const whole =
      w.strides.every((s) => s === 1) &&
      reach.every((r, i) => (fixed ? start[i] === 0 && stop[i] === size[i] : r === 0));
    if (whole) return padded;
    return b.op(
      "Slice",
      [padded, b.ints(start), b.ints(stop), b.ints(axes), b.ints(w.strides)],
      {},
      fixed ? {} : { shape },
    );
  });
}

/** All places of a grid of that shape, the last axis fastest. */
export function places(shape: readonly number[]): number[][] {
  if (shape.length === 0) return [[]];
  const before = places(shape.slice(0, -1));
  const all: number[][] = [];
  for (const place of before) for (let i = 0; i < shape.at(-1)!; i++) all.push([...place, i]);
  return all;
}

const toTheEnd = 2 ** 40;
