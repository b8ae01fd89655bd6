import { UnsupportedError } from "../graph/errors.js";
import { floorDivideDims, multiplyDims } from "../graph/dims.js";
import { intsAttribute, stringAttribute } from "../graph/model.js";
import { normalizeAxis } from "./broadcast.js";
import { input, knownNumbers, shapeFrom, type InferRule, type InferRules } from "./context.js";

const resize: InferRule = (c) => {
  if (stringAttribute(c.node, "keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw new UnsupportedError(c.node, "sizes that keep the aspect ratio are not supported; give height and width");
  const { dtype, shape } = input(c, 0);
  const sizes = c.types[3] ? shapeFrom(c, 3) : undefined;
  const scales = knownNumbers(c, 2);
  if (!sizes && !scales?.length)
    throw new UnsupportedError(c.node, "its scales are computed at run time; export with a fixed input size");
  const axes = (intsAttribute(c.node, "axes") ?? shape.map((_, i) => i)).map((a) => normalizeAxis(a, shape.length));
  return [
    {
      dtype,
      shape: shape.map((d, i) => {
        const k = axes.indexOf(i);
        if (k < 0) return d;
        if (sizes) return sizes[k]!;
        const scale = scales![k]!;
        if (typeof d === "number") return Math.floor(d * scale);
        if (Number.isInteger(scale)) return multiplyDims(d, scale);
        return scale === 1 ? d : floorDivideDims(d, 1 / scale);
      }),
    },
  ];
};

export const resamplingShapes: InferRules = { Resize: resize };
