import { UnsupportedError } from "../graph/errors.js";
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

/** Strides, dilations and explicit pads of a convolution or pooling, whatever of them the file leaves out. */
export function windowOf(node: Node, spatial: Shape, kernel: readonly number[]) {
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(node, "strides") ?? ones;
  const dilations = intsAttribute(node, "dilations") ?? ones;
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  let pads = intsAttribute(node, "pads") ?? [...ones, ...ones].map(() => 0);
  if (auto === "VALID") pads = pads.map(() => 0);
  else if (auto !== "NOTSET") {
    const total = kernel.map((k, i) => {
      const size = spatial[i]!;
      const extent = dilations[i]! * (k - 1) + 1;
      if (strides[i] === 1) return extent - 1;
      if (typeof size !== "number")
        throw new UnsupportedError(node, `auto_pad ${auto} with a stride needs a fixed image size`);
      return Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + extent - size);
    });
    const small = total.map((t) => Math.floor(t / 2));
    const large = total.map((t, i) => t - small[i]!);
    pads = auto === "SAME_UPPER" ? [...small, ...large] : [...large, ...small];
  }
  return { strides, dilations, pads };
}
