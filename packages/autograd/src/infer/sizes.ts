import { UnsupportedError } from "../graph/errors.js";
import { floorDivideDims, subtractDims } from "../graph/dims.js";
import { intAttribute, type Node } from "../graph/model.js";
import type { Shape, Tensor } from "../graph/tensor.js";
import { input, shapeFrom, type InferRule, type InferRules } from "./context.js";

const constantOfShape: InferRule = (c) => [
  { dtype: (c.node.attributes["value"] as Tensor | undefined)?.dtype ?? "float32", shape: shapeFrom(c, 0) },
];

const range: InferRule = (c) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => c.known(i)?.elements[0]);
  if (start === undefined || limit === undefined || delta === undefined)
    throw new UnsupportedError(c.node, "its bounds are computed at run time");
  const length =
    typeof start === "number" && typeof limit === "number" && typeof delta === "number"
      ? Math.max(0, Math.ceil((limit - start) / delta))
      : floorDivideDims(subtractDims(limit, start), delta);
  return [{ dtype: input(c, 0).dtype, shape: [length] }];
};

/** The axes that a Shape node reports. */
export function shapeSlice(node: Node, shape: Shape): Shape {
  return shape.slice(intAttribute(node, "start", 0), intAttribute(node, "end"));
}

/** Operators that tell sizes, or make a value of a given size. */
export const sizeShapes: InferRules = {
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: (c) => [{ dtype: "int64", shape: [shapeSlice(c.node, input(c, 0).shape).length] }],
  Size: () => [{ dtype: "int64", shape: [] }],
};
