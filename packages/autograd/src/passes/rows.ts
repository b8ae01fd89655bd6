import type { GraphBuilder, Value } from "../builder.js";
import { isStatic } from "../graph/dims.js";
import { intAttribute, type Node } from "../graph/model.js";
import type { Dim, Shape } from "../graph/tensor.js";
import { normalizeAxis } from "../infer/broadcast.js";

/** A value as rows, one for each sample, or one for each place of each sample. */
export interface Rows {
  /** What counts the rows: the batch, and the places of a sample where there are any. */
  readonly counted: readonly Dim[];
  /** Of one row. */
  readonly shape: readonly number[];
}

/**
 * @param batch the size that counts samples
 * @param places the sizes that count places of a sample, such as tokens
 * @returns undefined for a value that is no rows of a fixed shape
 */
export function rowsOf(shape: Shape, batch: Dim, places: ReadonlySet<Dim>): Rows | undefined {
  if (shape[0] !== batch) return undefined;
  const axes = shape.length > 1 && places.has(shape[1]!) ? 2 : 1;
  const row = shape.slice(axes);
  return isStatic(row) ? { counted: shape.slice(0, axes), shape: row } : undefined;
}

/** What a graph's values are: which depend on the batch, and which of those are rows. */
export interface Varying {
  has(value: Value): boolean;
  rows(value: Value): Rows | undefined;
}

/** A node that makes each row of its output of the same row of what varies, and of what does not. */
export interface PerRow {
  /** The axes of its output that count rows may be one axis: these attributes then hold. */
  readonly attributes: Node["attributes"];
  /** Of a reduction, in place of its second input. */
  readonly axes?: readonly number[];
}

const elementwise = new Set(
  (
    "Abs Add And Cast Celu Clip Cos Div Elu Equal Erf Exp Gelu Greater GreaterOrEqual HardSigmoid HardSwish Identity LeakyRelu " +
    "Less LessOrEqual Log Max Mean Min Mish Mul Neg Not Or PRelu Pow Reciprocal Relu Selu Sigmoid Sign Sin Softplus Sqrt Sub Sum " +
    "Tanh Where"
  ).split(" "),
);

/**
 * Whether a node treats rows alike and has one row's worth to do for each: embeddings, dense layers, norms, activations.
 * A row is a list of numbers at least: masks and the like are not worth it.
 * @param b holds the node
 */
export function perRow(b: GraphBuilder, node: Node, varying: Varying): PerRow | undefined {
  const { opType, domain, inputs, outputs, attributes } = node;
  const y = varying.rows(outputs[0]!);
  if (domain !== "" || outputs.length !== 1 || !y || y.shape.length === 0) return undefined;
  const rank = (value: Value): number => b.shape(value).length;
  const inStep = (value: Value): boolean => varying.rows(value)?.counted.join() === y.counted.join();
  const [x, ...others] = inputs as [Value, ...Value[]];
  if (elementwise.has(opType)) {
    const fits = (value: Value): boolean =>
      value === "" ||
      (varying.has(value) ? inStep(value) && rank(value) === rank(outputs[0]!) : rank(value) <= y.shape.length);
    return inputs.every(fits) ? { attributes } : undefined;
  }
  if (opType === "Gather") {
    const looksUp = intAttribute(node, "axis", 0) === 0 && !varying.has(x) && inStep(others[0]!);
    return looksUp ? { attributes } : undefined;
  }
  const row = inStep(x) ? varying.rows(x)!.shape : [];
  if (row.length === 0 || others.some((value) => varying.has(value))) return undefined;
  /** Counted from the end, where they count within a row. */
  const within = (axes: readonly number[]): number[] | undefined => {
    const back = axes.map((axis) => normalizeAxis(axis, rank(x)) - rank(x));
    return back.length > 0 && back.every((axis) => -axis <= row.length) ? back : undefined;
  };
  switch (opType) {
    case "MatMul":
      return rank(others[0]!) === 2 ? { attributes } : undefined;
    case "Gemm": {
      const plain = rank(x) === 2 && intAttribute(node, "transA", 0) === 0;
      return plain && (!others[1] || rank(others[1]) <= 1) ? { attributes } : undefined;
    }
    case "LayerNormalization":
    case "LogSoftmax":
    case "Softmax": {
      const axis = within([intAttribute(node, "axis", -1)]);
      return axis && { attributes: { ...attributes, axis: axis[0]! } };
    }
    case "ReduceL2":
    case "ReduceMax":
    case "ReduceMean":
    case "ReduceMin":
    case "ReduceSum": {
      const axes = within(b.knownNumbers(others[0]) ?? []);
      return axes && { attributes, axes };
    }
    default:
      return undefined;
  }
}
