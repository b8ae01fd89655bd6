import { intAttribute, intsAttribute } from "../graph/model.js";
import { all, input, ownSize, shapeFrom, type InferRule, type InferRules } from "./context.js";
import { windowCount, windowOf } from "./window.js";

const pooling: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const kernel = intsAttribute(c.node, "kernel_shape") ?? [];
  const { strides, dilations, pads } = windowOf(c.node, shape.slice(2), kernel);
  const ceil = intAttribute(c.node, "ceil_mode", 0) !== 0;
  const spatial = kernel.map((k, i) => {
    const size = shape[i + 2]!;
    const count = windowCount(size, k, strides[i]!, dilations[i]!, pads[i]! + pads[i + kernel.length]!, ceil);
    // A last window that would start in the far padding does not count.
    if (!ceil) return count;
    if (typeof count === "number" && typeof size === "number")
      return (count - 1) * strides[i]! >= size + pads[i]! ? count - 1 : count;
    // Whether there is one depends on the size.
    const reach = dilations[i]! * (k - 1) + 1;
    return pads[i + kernel.length]! + strides[i]! > reach ? ownSize(c, i + 2) : count;
  });
  const out = { dtype, shape: [shape[0]!, shape[1]!, ...spatial] };
  return [out, { dtype: "int64", shape: out.shape }];
};

const globalPooling: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: shape.map((d, i) => (i < 2 ? d : 1)) }];
};

export const poolingShapes: InferRules = {
  ...all(pooling, "MaxPool AveragePool LpPool"),
  ...all(globalPooling, "GlobalAveragePool GlobalMaxPool GlobalLpPool"),
  MaxUnpool: (c) => [{ dtype: input(c, 0).dtype, shape: shapeFrom(c, 2) }],
};
