import { ceilDivideDims, largerDim, multiplyDims, subtractDims } from "../graph/dims.js";
import { intAttribute, type Node } from "../graph/model.js";
import type { Dim, Shape, Tensor } from "../graph/tensor.js";
import { dataTypeOf } from "../io/data-types.js";
import { input, ownSize, shapeFrom, type InferRule, type InferRules } from "./context.js";

const constantOfShape: InferRule = (c) => [
  { dtype: (c.node.attributes["value"] as Tensor | undefined)?.dtype ?? "float32", shape: shapeFrom(c, 0) },
];

const range: InferRule = (c) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => c.known(i)?.elements[0]);
  return [{ dtype: input(c, 0).dtype, shape: [rangeLength(start, limit, delta) ?? ownSize(c, 0)] }];
};

/** ⌈(limit − start)/delta⌉, at least 0; undefined where a run alone will tell it. */
function rangeLength(start?: Dim, limit?: Dim, delta?: Dim): Dim | undefined {
  if (start === undefined || limit === undefined || typeof delta !== "number" || delta === 0) return undefined;
  if (typeof start === "number" && typeof limit === "number") return Math.max(0, Math.ceil((limit - start) / delta));
  if (!Number.isInteger(delta)) return undefined;
  const span = multiplyDims(subtractDims(limit, start), Math.sign(delta));
  return ceilDivideDims(largerDim(0, span), Math.abs(delta));
}

const eyeLike: InferRule = (c) => {
  const to = intAttribute(c.node, "dtype");
  const { dtype, shape } = input(c, 0);
  return [{ dtype: to === undefined ? dtype : dataTypeOf(to), shape }];
};

/** The axes that a Shape node reports. */
export function shapeSlice(node: Node, shape: Shape): Shape {
  return shape.slice(intAttribute(node, "start", 0), intAttribute(node, "end"));
}

/** Operators that tell sizes, or make a value of a given size. */
export const sizeShapes: InferRules = {
  ConstantOfShape: constantOfShape,
  EyeLike: eyeLike,
  Range: range,
  Shape: (c) => [{ dtype: "int64", shape: [shapeSlice(c.node, input(c, 0).shape).length] }],
  Size: () => [{ dtype: "int64", shape: [] }],
};
