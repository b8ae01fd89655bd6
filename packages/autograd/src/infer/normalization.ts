import { intAttribute } from "../graph/model.js";
import type { TensorType } from "../graph/tensor.js";
import { normalizeAxis } from "./broadcast.js";
import { all, input, same, type InferRule, type InferRules } from "./context.js";

const normalization: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", -1), shape.length);
  const statistics: TensorType = { dtype: "float32", shape: shape.map((d, i) => (i < axis ? d : 1)) };
  return [{ dtype, shape }, statistics, statistics];
};

const batchNormalization: InferRule = (c) => {
  const perChannel = input(c, 1);
  return [input(c, 0), perChannel, perChannel];
};

export const normalizationShapes: InferRules = {
  ...all(same, "InstanceNormalization GroupNormalization LpNormalization MeanVarianceNormalization LRN"),
  BatchNormalization: batchNormalization,
  LayerNormalization: normalization,
};
