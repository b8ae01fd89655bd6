import { OutsizeError, UnsupportedError } from "../graph/errors.js";
import { addDims, floorDivideDims } from "../graph/dims.js";
import { intsAttribute, stringAttribute, type Node } from "../graph/model.js";
import type { Dim, Shape } from "../graph/tensor.js";

/** One spatial axis of a sliding window: how many windows fit. */
export function windowCount(
  size: Dim,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number,
  ceil = false,
): Dim {
  const room = addDims(size, padding - (dilation * (kernel - 1) + 1) + (ceil ? stride - 1 : 0));
  return addDims(floorDivideDims(room, stride), 1);
}

/** Elements that a window covers at most: all of an image of 512 pixels a side. */
const mostTaps = 2 ** 18;

/** @throws {UnsupportedError} unless there is a whole number from `least` on for each axis */
function required(
  node: Node,
  what: string,
  values: readonly number[],
  count: number,
  least: number,
): readonly number[] {
  if (values.length === count && values.every((v) => Number.isSafeInteger(v) && v >= least)) return values;
  throw new UnsupportedError(
    node,
    `its ${what} [${values.slice(0, 8).join(", ")}] are not ${count} whole numbers from ${least} on; export the model again`,
  );
}

/** Strides, dilations and explicit pads of a convolution or pooling, whatever of them the file leaves out. */
export function windowOf(node: Node, spatial: Shape, kernel: readonly number[]) {
  const axes = spatial.length;
  required(node, "kernel sizes", kernel, axes, 1);
  const taps = kernel.reduce((product, k) => product * k, 1);
  if (taps > mostTaps)
    throw new OutsizeError(
      `its window of ${kernel.join("×")} elements is larger than any image (${mostTaps.toLocaleString("en")} at most); export the model again`,
    );
  const ones = kernel.map(() => 1);
  const strides = required(node, "strides", intsAttribute(node, "strides") ?? ones, axes, 1);
  const dilations = required(node, "dilations", intsAttribute(node, "dilations") ?? ones, axes, 1);
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  let pads = required(
    node,
    "pads",
    intsAttribute(node, "pads") ?? [...ones, ...ones].map(() => 0),
    2 * axes,
    -(2 ** 16),
  );
  if (auto === "VALID") pads = pads.map(() => 0);
  else if (auto !== "NOTSET") {
    const total = kernel.map((k, i) => {
      const size = spatial[i]!;
      const extent = dilations[i]! * (k - 1) + 1;
      if (strides[i] === 1) return extent - 1;
      if (typeof size !== "number")
        throw new UnsupportedError(
          node,
          `auto_pad ${auto} with a stride needs a fixed size of its input; export the model with a fixed input size`,
        );
      return Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + extent - size);
    });
    const small = total.map((t) => Math.floor(t / 2));
    const large = total.map((t, i) => t - small[i]!);
    pads = auto === "SAME_UPPER" ? [...small, ...large] : [...large, ...small];
  }
  return { strides, dilations, pads };
}
