import { atNode, UnsupportedError } from "../graph/errors.js";
import { isStatic } from "../graph/dims.js";
import type { Node } from "../graph/model.js";
import { sizeOf, type Dim, type Shape, type TensorType } from "../graph/tensor.js";
import { bounds } from "../io/bounds.js";
import type { InferContext, InferRule, KnownValue } from "./context.js";
import { foldRules, largestFold, type FoldRule } from "./fold.js";
import { inferRules } from "./rules.js";

/**
 * The types of a node's outputs, by the `own` rule given for its operator or by the library's.
 * @throws {UnsupportedError} if there is no rule, or it cannot say.
 */
export function inferNode(c: InferContext, own?: InferRule): readonly TensorType[] {
  const infer = own ?? ruleOf(c.node);
  if (!infer) throw new UnsupportedError(c.node, whyUnknown(c.node));
  try {
    return infer(c).map((type) => requireType(c.node, type));
  } catch (error) {
    throw atNode(c.node, error);
  }
}

/** Sizes follow from what the file says, which may be anything. */
function requireType(node: Node, type: TensorType | undefined): TensorType {
  if (!type) throw new UnsupportedError(node, "it has an output of no known type; export the model again");
  const { shape } = type;
  const sound = (d: Dim | undefined): boolean => typeof d === "string" || (Number.isSafeInteger(d) && d! >= 0);
  // `every` would pass over a gap.
  if (shape.length <= bounds.axes && Array.from(shape).every(sound) && Number.isSafeInteger(knownSize(shape)))
    return type;
  throw new UnsupportedError(
    node,
    shape.length > bounds.axes
      ? `its output would have ${shape.length} axes; export the model again`
      : `its output would have the impossible shape [${Array.from(shape, (d) => d ?? "?").join(", ")}]; export the model again, or try another image size`,
  );
}

/** Elements for each value of the sizes that are free. */
function knownSize(shape: Shape): number {
  return shape.reduce<number>((product, d) => (typeof d === "number" ? product * d : product), 1);
}

/** The outputs of a node where they are known before anything runs, and small; otherwise none. */
export function foldNode(c: InferContext, types: readonly TensorType[]): readonly KnownValue[] {
  const { domain, opType } = c.node;
  const small = types.every(({ shape }) => !isStatic(shape) || sizeOf(shape) <= largestFold);
  if (domain !== "" || !small || !Object.hasOwn(foldRules, opType)) return [];
  let folded: ReturnType<FoldRule>;
  try {
    folded = foldRules[opType]!(c, types[0]!);
  } catch (error) {
    throw atNode(c.node, error);
  }
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
