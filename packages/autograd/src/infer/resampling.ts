import { UnsupportedError } from "../graph/errors.js";
import { floorDivideDims, floorOfDim, multiplyDims } from "../graph/dims.js";
import type { Dim } from "../graph/tensor.js";
import { intsAttribute, stringAttribute } from "../graph/model.js";
import { normalizeAxis } from "./broadcast.js";
import { input, knownNumbers, ownSize, shapeFrom, type InferRule, type InferRules } from "./context.js";

const resize: InferRule = (c) => {
  if (stringAttribute(c.node, "keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw new UnsupportedError(c.node, "sizes that keep the aspect ratio are not supported; give height and width");
  const { dtype, shape } = input(c, 0);
  const sizes = c.types[3] ? shapeFrom(c, 3) : undefined;
  const scales = knownNumbers(c, 2);
  if (!sizes && (!c.types[2] || scales?.length === 0))
    throw new UnsupportedError(c.node, "it has neither sizes nor scales; export the model again");
  const axes = (intsAttribute(c.node, "axes") ?? shape.map((_, i) => i)).map((a) => normalizeAxis(a, shape.length));
  return [
    {
      dtype,
      shape: shape.map((d, i) => {
        const k = axes.indexOf(i);
        if (k < 0) return d;
        if (sizes) return sizes[k]!;
        if (scales) return scaled(d, scales[k]!);
        // Batch and channels are never resized: the runtime's kernels refuse it, all but the nearest one.
        return i < 2 && shape.length > 2 ? d : ownSize(c, i);
      }),
    },
  ];
};

/** ⌊d·scale⌋, in the runtime's single precision. */
function scaled(d: Dim, scale: number): Dim {
  if (typeof d === "number") return Math.floor(Math.fround(d * scale));
  const inverse = 1 / scale;
  const exact = Number.isInteger(inverse) && Number.isInteger(Math.log2(inverse));
  return exact ? floorDivideDims(d, inverse) : floorOfDim(multiplyDims(d, scale));
}

export const resamplingShapes: InferRules = { Resize: resize };
