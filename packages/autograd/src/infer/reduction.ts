import { intAttribute, intsAttribute } from "../graph/model.js";
import type { Shape } from "../graph/tensor.js";
import { normalizeAxis } from "./broadcast.js";
import {
  all,
  constantNumbers,
  input,
  shapeFrom,
  type InferContext,
  type InferRule,
  type InferRules,
} from "./context.js";

const reduction: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: reducedShape(shape, reductionAxes(c), intAttribute(c.node, "keepdims", 1) !== 0) }];
};

/** The axes a reduction runs over, counted from the front. */
function reductionAxes(c: InferContext): number[] {
  const rank = input(c, 0).shape.length;
  const axes = constantNumbers(c, 1, "axes") ?? intsAttribute(c.node, "axes") ?? [];
  if (axes.length > 0) return axes.map((a) => normalizeAxis(a, rank));
  return intAttribute(c.node, "noop_with_empty_axes", 0) ? [] : Array.from({ length: rank }, (_, i) => i);
}

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
}

const argument: InferRule = (c) => {
  const { shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", 0), shape.length);
  return [{ dtype: "int64", shape: reducedShape(shape, [axis], intAttribute(c.node, "keepdims", 1) !== 0) }];
};

const topK: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", -1), shape.length);
  const kept = shape.map((d, i) => (i === axis ? shapeFrom(c, 1)[0]! : d));
  return [
    { dtype, shape: kept },
    { dtype: "int64", shape: kept },
  ];
};

export const reductionShapes: InferRules = {
  ...all(
    reduction,
    "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare",
  ),
  ...all(argument, "ArgMax ArgMin"),
  TopK: topK,
};
