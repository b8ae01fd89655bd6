import type { GraphBuilder, Value } from "../../builder.js";
import { inputGradient } from "../convolution.js";
import { endOf, places, reachOf, type Window } from "../window.js";
import { backwards } from "./input-gradient.js";
import { blockOf, nchwc, plainFilter, toBlocked, toPlain } from "./layout.js";
import { besides, pick } from "./pixels.js";

/**
 * ∂L/∂x of a convolution that has a kernel for each channel: one of dz by the kernels turned round. As for all channels at once
 * (`blockedInputGradient`), strides make places of their own, each with its elements of the kernel, on dz as often as there are
 * places.
 */
export function depthwiseInputGradient(b: GraphBuilder, x: Value, dz: Value, filter: Value, w: Window): Value {
  const [channels] = b.shape(filter) as [number];
  const [down, along] = [backwards(w, 0), backwards(w, 1)];
  if (!down || !along) return toBlocked(b, inputGradient(b, toPlain(b, dz), plainFilter(b, filter), w, channels, x));
  const [high, wide] = w.kernel as [number, number];
  const blocks = channels / blockOf(b);
  const order = places([...w.strides, blocks, down.taps, along.taps]).map(([p, q, block, t, u]) => {
    const [i, j] = [down.element(p!, t!), along.element(q!, u!)];
    const met = i >= 0 && i < high && j >= 0 && j < wide;
    return met ? (block! * high + i) * wide + j : blocks * high * wide;
  });
  const all = w.strides[0]! * w.strides[1]! * channels;
  const kernel = [down.taps, along.taps];
  const backward = b.reshape(pick(b, filter, [blocks * high * wide, blockOf(b)], order), [all, 1, ...kernel]);
  const pads = [down.begin, along.begin, down.end, along.end];
  const attributes = { kernel_shape: kernel, dilations: [down.dilation, along.dilation], pads, group: all };
  if (all === channels) return b.op("Conv", [dz, backward], attributes, { domain: nchwc });
  const often = b.op(
    "Concat",
    Array.from({ length: all / channels }, () => dz),
    { axis: 1 },
  );
  return besides(b, x, w.strides).whole(b.op("Conv", [often, backward], attributes, { domain: nchwc }));
}

/**
 * ∂L/∂W of such a convolution, in the stored filter layout: dW[k] = Σ x[s·a + d·k]·dz[a] over all positions a of all images is
 * itself a convolution with a kernel for each channel, of x by dz, with strides and dilations exchanged. Images stand one below
 * another in it, zeros between them.
 */
export function depthwiseFilterGradient(b: GraphBuilder, x: Value, dz: Value, filter: Value, w: Window): Value {
  const [channels] = b.shape(filter) as [number];
  const [[height], [rows]] = [w.input, w.output] as [[number], [number]];
  const [[stride], [top], [reach]] = [w.strides, w.begin, reachOf(w)] as [[number], [number], [number]];
  // Rows of dz that an image takes, so that none of its positions sees the next one.
  const slot = Math.ceil(Math.max(stride * (rows - 1) + reach + 1, top + height) / stride);
  const end = endOf(w)[1]!;
  const seen = below(b, x, [top, stride * slot - top - height], Math.min(end, 0));
  const gradients = b.reshape(below(b, dz, [0, slot - rows], 0), [channels, 1, "rows", w.output[1]!]);
  const bottom = reach - (stride - 1);
  const attributes = {
    strides: [...w.dilations],
    dilations: [...w.strides],
    pads: [0, w.begin[1]!, Math.max(bottom, 0), Math.max(end, 0)],
    group: channels,
  };
  const [high, wide] = w.kernel as [number, number];
  const more = bottom < 0 ? Math.floor(-bottom / w.dilations[0]!) : 0;
  const shape = [1, channels, high + more, wide];
  const sums = b.op("Conv", [seen, gradients], attributes, { domain: nchwc, shape });
  const blocks = channels / blockOf(b);
  const byRows = b.reshape(sums, [blocks, high + more, wide * blockOf(b)]);
  return b.reshape(more > 0 ? b.slice(byRows, 1, 0, high) : byRows, b.shape(filter));
}

/**
 * Images of a blocked value one below another, with zeros above and below each: declared [1, C, N · rows, W].
 * @param cut columns, negative, that are left out at the end
 */
function below(b: GraphBuilder, v: Value, [above, beneath]: readonly [number, number], cut: number): Value {
  const [, channels, height, width] = b.shape(v) as [unknown, number, number, number];
  const blocks = channels / blockOf(b);
  const images = b.op("Reshape", [v, b.ints([-1, blocks, height, width, blockOf(b)])]);
  const whole = cut ? b.slice(images, 3, 0, cut) : images;
  // By a Concat, which the runtime does on all threads, unlike a Pad.
  const count = b.op("Shape", [images], { start: 0, end: 1 });
  const zeros = (rows: number): Value[] => {
    const shape = b.op("Concat", [count, b.ints([blocks, rows, width + cut, blockOf(b)])], { axis: 0 });
    return rows > 0 ? [b.op("Expand", [b.scalar(0), shape])] : [];
  };
  const parts = [...zeros(above), whole, ...zeros(beneath)];
  const apart = parts.length > 1 ? b.op("Concat", parts, { axis: 2 }) : whole;
  return b.op("Reshape", [b.transpose(apart, [1, 0, 2, 3, 4]), b.ints([1, channels, -1, width + cut])]);
}
