import { ModelError, UnsupportedError } from "../graph/errors.js";
import { isStatic } from "../graph/dims.js";
import type { Node } from "../graph/model.js";
import { sizeOf, type TensorType } from "../graph/tensor.js";
import type { InferContext, InferRule, KnownValue } from "./context.js";
import { foldRules, largestFold } from "./fold.js";
import { inferRules } from "./rules.js";

/**
 * The types of a node's outputs, by the `own` rule given for its operator or by the library's.
 * @throws {UnsupportedError} if there is no rule, or it cannot say.
 */
export function inferNode(c: InferContext, own?: InferRule): readonly TensorType[] {
  const infer = own ?? ruleOf(c.node);
  if (!infer) throw new UnsupportedError(c.node, whyUnknown(c.node));
  try {
    return infer(c);
  } catch (error) {
    if (error instanceof ModelError && !(error instanceof UnsupportedError))
      throw new UnsupportedError(c.node, error.message);
    throw error;
  }
}

/** The outputs of a node where they are known before anything runs, and small; otherwise none. */
export function foldNode(c: InferContext, types: readonly TensorType[]): readonly KnownValue[] {
  const { domain, opType } = c.node;
  const small = types.every(({ shape }) => !isStatic(shape) || sizeOf(shape) <= largestFold);
  if (domain !== "" || !small || !Object.hasOwn(foldRules, opType)) return [];
  const folded = foldRules[opType]!(c, types[0]!);
  if (folded === undefined) return [];
  return Array.isArray(folded) ? (folded as KnownValue[]) : [folded as KnownValue];
}

/** The library's own rule. Shapes are known of the standard operators and of some that ONNX Runtime adds. */
function ruleOf({ domain, opType }: Node): InferRule | undefined {
  const known = (domain === "" || domain.startsWith("com.microsoft")) && Object.hasOwn(inferRules, opType);
  return known ? inferRules[opType] : undefined;
}

function whyUnknown({ opType }: Node): string {
  if (/quantize|^Q(Attention|Embed|Gemm|Linear|MoE|Ordered)|Integer$|NBits$|Bnb4$/i.test(opType))
    return "the model is quantised; use the unquantised file (often model.onnx instead of model_quantized.onnx)";
  return "this operator is not supported; give rules for it (option `operators`), or export the model without it";
}
