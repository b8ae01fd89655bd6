import { sizeAt } from "../graph/dims.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute } from "../graph/model.js";
import { normalizeAxis } from "./broadcast.js";
import type { Dim, TensorType } from "../graph/tensor.js";
import { all, input, knownNumbers, ownSize, same, shapeFrom, type InferRule, type InferRules } from "./context.js";

const gather: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", 0), shape.length);
  return [{ dtype, shape: [...shape.slice(0, axis), ...input(c, 1).shape, ...shape.slice(axis + 1)] }];
};

const gatherND: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const indices = input(c, 1).shape;
  const batchDims = intAttribute(c.node, "batch_dims", 0);
  const depth = indices[indices.length - 1];
  if (typeof depth !== "number")
    throw new UnsupportedError(c.node, "the last axis of its indices has no fixed size; export the model with one");
  return [{ dtype, shape: [...indices.slice(0, -1), ...shape.slice(batchDims + depth)] }];
};

const oneHot: InferRule = (c) => {
  const { shape } = input(c, 0);
  const depth = shapeFrom(c, 1)[0]!;
  const axis = intAttribute(c.node, "axis", -1);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [{ dtype: input(c, 2).dtype, shape: [...shape.slice(0, at), depth, ...shape.slice(at)] }];
};

const nonZero: InferRule = (c) => {
  const count = knownNumbers(c, 0)?.filter((v) => v !== 0).length ?? sizeAt(`non-zero:${c.node.inputs[0]}`);
  return [{ dtype: "int64", shape: [input(c, 0).shape.length, count] }];
};

/** Of all elements of its input, whatever its shape. */
const unique: InferRule = (c) => {
  if (c.node.attributes["axis"] !== undefined)
    throw new UnsupportedError(c.node, "its axis is not supported; export it without, of all elements");
  const { dtype, shape } = input(c, 0);
  const [count, all] = [ownSize(c, 0), shape.length === 1 ? shape[0]! : sizeAt(`elements:${c.node.inputs[0]}`)];
  const places = (size: Dim): TensorType => ({ dtype: "int64", shape: [size] });
  return [{ dtype, shape: [count] }, places(count), places(all), places(count)];
};

export const indexingShapes: InferRules = {
  ...all(same, "ScatterElements ScatterND"),
  Gather: gather,
  GatherElements: (c) => [{ dtype: input(c, 0).dtype, shape: input(c, 1).shape }],
  GatherND: gatherND,
  NonZero: nonZero,
  OneHot: oneHot,
  Unique: unique,
};
