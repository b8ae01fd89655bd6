import type { GraphBuilder, Value } from "../../builder.js";
import { apart, blockOf, nchwc, plainFilter, readsPlain, toBlocked, toPlain } from "./layout.js";
import { besides, pick } from "./pixels.js";
import { inputGradient } from "../convolution.js";
import { places, type Window } from "../window.js";

/**
 * ∂L/∂x of a channel-blocked convolution is a convolution of dz, with inputs and outputs of the filter exchanged. Strides
 * s of the forward one make s × s places of x for each of dz; each place meets its own elements of the kernel, and counts
 * as outputs of its own, which are then put side by side. Where there is no such convolution, the plain layout has one.
 */
export function blockedInputGradient(b: GraphBuilder, x: Value, dz: Value, filter: Value, w: Window): Value {
  const [down, along] = [backwards(w, 0), backwards(w, 1)];
  if (readsPlain(b, filter)) return inputGradient(b, toPlain(b, dz), plainFilter(b, filter), w, 1, x);
  if (!down || !along) return toBlocked(b, inputGradient(b, toPlain(b, dz), plainFilter(b, filter), w, 1, x));
  const [high, wide] = w.kernel as [number, number];
  const [outputs, inputs] = b.shape(filter) as [number, number];
  const block = blockOf(b);
  const tiles = (outputs / block) * (inputs / block);
  const order = places([...w.strides, tiles, down.taps, along.taps]).map(([p, q, tile, t, u]) => {
    const [i, j] = [down.element(p!, t!), along.element(q!, u!)];
    const met = i >= 0 && i < high && j >= 0 && j < wide;
    return met ? (tile! * high + i) * wide + j : tiles * high * wide;
  });
  const kernel = [down.taps, along.taps];
  const backward = b.reshape(pick(b, exchanged(b, filter), [tiles * high * wide, block ** 2], order), [
    w.strides[0]! * w.strides[1]! * inputs,
    outputs,
    ...kernel,
  ]);
  const pads = [down.begin, along.begin, down.end, along.end];
  const attributes = { kernel_shape: kernel, dilations: [down.dilation, along.dilation], pads };
  const dx = b.op("Conv", [dz, backward], attributes, { domain: nchwc });
  return w.strides.every((s) => s === 1) ? dx : besides(b, x, w.strides).whole(dx);
}

/**
 * One axis of the convolution that takes gradients back: its kernel's size, padding, and which `element` of the forward
 * kernel its tap t is for place p of a stride. x[s·a + p] met element k in the output a + δ where s·(a + δ) + k − begin =
 * s·a + p, so k = p + begin − s·δ, for δ from the least on that any place needs.
 */
export function backwards(w: Window, axis: number) {
  const [size, stride, dilation] = [w.kernel[axis]!, w.strides[axis]!, w.dilations[axis]!];
  const [input, output, before] = [w.input[axis]!, w.output[axis]!, w.begin[axis]!];
  if ((stride > 1 && dilation > 1) || input % stride !== 0) return undefined;
  const reach = dilation * (size - 1);
  const least = Math.ceil((before - reach) / stride);
  const taps = stride === 1 ? size : Math.floor((stride - 1 + before) / stride) - least + 1;
  const begin = -least;
  const end = input / stride - output - begin + dilation * (taps - 1);
  const element = (place: number, tap: number) =>
    stride === 1 ? size - 1 - tap : place + before - stride * (least + tap);
  return begin >= 0 && end >= 0 ? { taps, dilation, begin, end, element } : undefined;
}

/** A stored filter with inputs and outputs exchanged, in rows for tile and kernel element: [I/block, O/block, kh·kw, block²]. */
function exchanged(b: GraphBuilder, filter: Value): Value {
  const [outputs, inputs, high, wide] = b.shape(filter) as [number, number, number, number];
  const [block, taps] = [blockOf(b), high * wide];
  const inputsLast = b.transpose(b.reshape(filter, [(outputs * inputs * taps) / block, block]), [1, 0]);
  const split = [block, outputs / block, inputs / block, taps, block];
  return b.transpose(apart(b, inputsLast, split), [2, 1, 3, 0, 4]);
}
