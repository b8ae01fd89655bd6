import { withByteWeights, withHalfWeights, type Model } from "@taskhead/autograd";
import type { Precision } from "./precisions.js";

/** The model with its weights stored in that precision. */
export function atPrecision(model: Model, precision: Precision): Model {
  return { fp32: (same: Model) => same, fp16: withHalfWeights, int8: withByteWeights }[precision](model);
}
