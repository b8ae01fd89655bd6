import { atNode, UnsupportedError } from "../graph/errors.js";
import { isStatic, sizeAt } from "../graph/dims.js";
import type { Node } from "../graph/model.js";
import { sizeOf, type Dim, type Shape, type TensorType } from "../graph/tensor.js";
import { bounds } from "../io/bounds.js";
import type { InferContext, InferRule, KnownValue } from "./context.js";
import { foldRules, largestFold, type FoldRule } from "./fold.js";
import { inferRules } from "./rules.js";

/**
 * The types of a node's outputs, by the `own` rule given for its operator or by the library's.
 * @param shape the first output's, where it is known from elsewhere: a form of a standard operator that no rule can tell
 * @throws {UnsupportedError} if there is no rule, or it cannot say.
 */
export function inferNode(c: InferContext, own?: InferRule, shape?: Shape): readonly TensorType[] {
  if (shape) return [{ dtype: c.types[0]!.dtype, shape }];
  const infer = own ?? ruleOf(c.node);
  if (!infer) throw new UnsupportedError(c.node, whyUnknown(c.node));
  try {
    return infer(c).map((type, i) => {
      const { dtype, shape } = requireType(c.node, type);
      return { dtype, shape: inBounds(shape, c.node.outputs[i] ?? "") };
    });
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
  const values = Array.isArray(folded) ? (folded as KnownValue[]) : [folded as KnownValue];
  if (values.some((v) => v.elements.some((e) => typeof e === "string" && e.length > longest))) return [];
  return values.map((value, i) => (types[i]!.dtype === "float32" ? inSinglePrecision(value) : value));
}

/** An expression of a size longer than this is given a name: what models compute is shorter, and damaged ones end. */
const longest = 300;

function inBounds(shape: Shape, name: string): Shape {
  return shape.map((d, axis) => (typeof d === "string" && d.length > longest ? sizeAt(`${name}:${axis}`) : d));
}

/** As the runtime computes it: a size that floats are rounded to comes out the same. */
function inSinglePrecision({ shape, elements }: KnownValue): KnownValue {
  return { shape, elements: elements.map((e) => (typeof e === "number" ? Math.fround(e) : e)) };
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
