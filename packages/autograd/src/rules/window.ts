import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import { intsAttribute, type Node } from "../graph/model.js";
import { windowOf } from "../infer/window.js";

/** A sliding window's geometry in plain numbers, spatial axes only. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

export function windowOfNode(b: GraphBuilder, node: Node, x: Value, y: Value, weightKernel: readonly number[]): Window {
  const kernel = intsAttribute(node, "kernel_shape") ?? weightKernel;
  const [input, output] = [b.shape(x).slice(2), b.shape(y).slice(2)];
  if (![...input, ...output].every((d) => typeof d === "number"))
    throw new UnsupportedError(
      node,
      "its gradient needs a fixed image size; give the size (only the batch may stay open)",
    );
  const { strides, dilations, pads } = windowOf(node, input, kernel);
  return {
    kernel,
    strides,
    dilations,
    begin: pads.slice(0, kernel.length),
    input: input as number[],
    output: output as number[],
  };
}

/** How far the last window reaches beyond the end of the input; negative where it stops short. */
export function endOf(w: Window): number[] {
  return w.kernel.map(
    (k, i) => (w.output[i]! - 1) * w.strides[i]! + w.dilations[i]! * (k - 1) + 1 - w.begin[i]! - w.input[i]!,
  );
}

/** No two windows overlap, none is padded: every element belongs to one window at most. */
export function tiles(w: Window): boolean {
  return w.kernel.every(
    (k, i) =>
      w.strides[i]! >= k &&
      w.dilations[i] === 1 &&
      w.begin[i] === 0 &&
      (w.output[i]! - 1) * w.strides[i]! + k <= w.input[i]!,
  );
}

/** The padding with which a plain convolution of the output's gradient gives the input's; undefined where none does. */
export function backwardPads(w: Window): number[] | undefined {
  const reach = w.kernel.map((k, i) => w.dilations[i]! * (k - 1));
  const begin = reach.map((r, i) => r - w.begin[i]!);
  const end = reach.map((r, i) => w.input[i]! - w.output[i]! + r - begin[i]!);
  const pads = [...begin, ...end];
  return w.strides.every((s) => s === 1) && pads.every((p) => p >= 0) ? pads : undefined;
}

/**
 * What each kernel element met, for every output position: one slice per kernel element, in row-major order, of x with
 * its spatial axes from `axis` on. Outside of x it met the `padding`.
 */
export function patches(b: GraphBuilder, x: Value, w: Window, axis: number, padding = 0): Value[] {
  const axes = w.kernel.map((_, i) => axis + i);
  const rank = b.shape(x).length;
  const onAxes = (amounts: readonly number[]) => Array.from({ length: rank }, (_, i) => amounts[i - axis] ?? 0);
  const end = endOf(w).map((e) => Math.max(e, 0));
  const padded = [...w.begin, ...end].every((p) => p <= 0)
    ? x
    : b.op("Pad", [x, b.ints([...onAxes(w.begin), ...onAxes(end)]), padding]);
  const size = b.shape(padded).slice(axis) as number[];
  const taps = w.kernel.reduce((offsets, k) => offsets.flatMap((o) => Array.from({ length: k }, (_, i) => [...o, i])), [
    [],
  ] as number[][]);
  return taps.map((tap) => {
    const start = tap.map((t, i) => t * w.dilations[i]!);
    const stop = start.map((s, i) => s + (w.output[i]! - 1) * w.strides[i]! + 1);
    if (w.strides.every((s) => s === 1) && start.every((s, i) => s === 0 && stop[i] === size[i])) return padded;
    return b.op("Slice", [padded, b.ints(start), b.ints(stop), b.ints(axes), b.ints(w.strides)]);
  });
}
