import { addDims, multiplyDims } from "../graph/dims.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, intsAttribute, stringAttribute } from "../graph/model.js";
import type { Shape } from "../graph/tensor.js";
import { all, input, same, type InferContext, type InferRule, type InferRules } from "./context.js";
import { windowCount, windowOf } from "./window.js";

/** The shape of the filters. @throws {UnsupportedError} if there are none */
function filters(c: InferContext): Shape {
  const { shape } = input(c, 1);
  if (!shape.includes(0)) return shape;
  throw new UnsupportedError(c.node, `its filters are [${shape.join(", ")}], empty; export the model again`);
}

const conv: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const weight = filters(c);
  const kernel = intsAttribute(c.node, "kernel_shape") ?? (weight.slice(2) as number[]);
  const { strides, dilations, pads } = windowOf(c.node, shape.slice(2), kernel);
  const spatial = kernel.map((k, i) =>
    windowCount(shape[i + 2]!, k, strides[i]!, dilations[i]!, pads[i]! + pads[i + kernel.length]!),
  );
  return [{ dtype, shape: [shape[0]!, weight[0]!, ...spatial] }];
};

const convTranspose: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const weight = filters(c);
  const kernel = intsAttribute(c.node, "kernel_shape") ?? (weight.slice(2) as number[]);
  const channels = multiplyDims(weight[1]!, intAttribute(c.node, "group", 1));
  const fixed = intsAttribute(c.node, "output_shape");
  if (fixed) return [{ dtype, shape: [shape[0]!, channels, ...fixed.slice(-kernel.length)] }];
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(c.node, "strides") ?? ones;
  const dilations = intsAttribute(c.node, "dilations") ?? ones;
  const extra = intsAttribute(c.node, "output_padding") ?? ones.map(() => 0);
  const auto = stringAttribute(c.node, "auto_pad", "NOTSET");
  const pads = intsAttribute(c.node, "pads") ?? [...ones, ...ones].map(() => 0);
  const spatial = kernel.map((k, i) => {
    if (auto.startsWith("SAME")) return multiplyDims(shape[i + 2]!, strides[i]!);
    const padding = pads[i]! + pads[i + kernel.length]!;
    return addDims(
      multiplyDims(addDims(shape[i + 2]!, -1), strides[i]!),
      dilations[i]! * (k - 1) + 1 + extra[i]! - padding,
    );
  });
  return [{ dtype, shape: [shape[0]!, channels, ...spatial] }];
};

export const convolutionShapes: InferRules = {
  ...all(conv, "Conv FusedConv"),
  ...all(same, "ReorderInput ReorderOutput"),
  ConvTranspose: convTranspose,
};
