import { addDims, exactQuotient, floorDivideDims, multiplyDims, productOfDims, subtractDims } from "../graph/dims.js";
import { UnsupportedError } from "../errors.js";
import { intAttribute, intsAttribute, stringAttribute, type Graph, type Node } from "../graph/model.js";
import type { DataType, Dim, Shape, Tensor, TensorType } from "../graph/tensor.js";
import { dataTypeOf } from "../io/data-types.js";
import { broadcastShapes, normalizeAxis } from "./broadcast.js";
import { knownNumbers, type InferContext, type InferRule, type InferRules } from "./context.js";

/** The type of input `i`, which the operator requires. */
function input(c: InferContext, i: number): TensorType {
  const type = c.types[i];
  if (!type) throw new UnsupportedError(c.node, `input ${i} is missing`);
  return type;
}

const same: InferRule = (c) => [input(c, 0)];

const elementwise: InferRule = (c) => [
  { dtype: input(c, 0).dtype, shape: broadcastShapes(...c.types.filter((t) => t !== undefined).map((t) => t.shape)) },
];

const comparison: InferRule = (c) => [{ dtype: "bool", shape: elementwise(c)[0]!.shape }];

const reduction: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: reducedShape(shape, reductionAxes(c), intAttribute(c.node, "keepdims", 1) !== 0) }];
};

/** The axes a reduction runs over, counted from the front. */
function reductionAxes(c: InferContext): number[] {
  const rank = input(c, 0).shape.length;
  if (c.types[1] && !c.known(1))
    throw new UnsupportedError(c.node, "its axes are computed at run time; make them constant");
  const axes = knownNumbers(c, 1) ?? intsAttribute(c.node, "axes") ?? [];
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

/** One spatial axis of a sliding window: how many windows fit. */
export function windowCount(
  size: Dim,
  kernel: number,
  stride: number,
  dilation: number,
  padding: number,
  ceil = false,
): Dim {
  const room = addDims(size, padding - (dilation * (kernel - 1) + 1) + (ceil ? stride - 1 : 0));
  return addDims(floorDivideDims(room, stride), 1);
}

/** Strides, dilations and explicit pads of a convolution or pooling, whatever of them the file leaves out. */
export function windowOf(node: Node, spatial: Shape, kernel: readonly number[]) {
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(node, "strides") ?? ones;
  const dilations = intsAttribute(node, "dilations") ?? ones;
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  let pads = intsAttribute(node, "pads") ?? [...ones, ...ones].map(() => 0);
  if (auto === "VALID") pads = pads.map(() => 0);
  else if (auto !== "NOTSET") {
    const total = kernel.map((k, i) => {
      const size = spatial[i]!;
      const extent = dilations[i]! * (k - 1) + 1;
      if (strides[i] === 1) return extent - 1;
      if (typeof size !== "number")
        throw new UnsupportedError(node, `auto_pad ${auto} with a stride needs a fixed image size`);
      return Math.max(0, (Math.ceil(size / strides[i]!) - 1) * strides[i]! + extent - size);
    });
    const small = total.map((t) => Math.floor(t / 2));
    const large = total.map((t, i) => t - small[i]!);
    pads = auto === "SAME_UPPER" ? [...small, ...large] : [...large, ...small];
  }
  return { strides, dilations, pads };
}

const conv: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const weight = input(c, 1).shape;
  const kernel = intsAttribute(c.node, "kernel_shape") ?? (weight.slice(2) as number[]);
  const { strides, dilations, pads } = windowOf(c.node, shape.slice(2), kernel);
  const spatial = kernel.map((k, i) =>
    windowCount(shape[i + 2]!, k, strides[i]!, dilations[i]!, pads[i]! + pads[i + kernel.length]!),
  );
  return [{ dtype, shape: [shape[0]!, weight[0]!, ...spatial] }];
};

const convTranspose: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const weight = input(c, 1).shape;
  const kernel = intsAttribute(c.node, "kernel_shape") ?? (weight.slice(2) as number[]);
  const channels = multiplyDims(weight[1]!, intAttribute(c.node, "group", 1));
  const fixed = intsAttribute(c.node, "output_shape");
  if (fixed) return [{ dtype, shape: [shape[0]!, channels, ...fixed.slice(-kernel.length)] }];
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(c.node, "strides") ?? ones;
  const dilations = intsAttribute(c.node, "dilations") ?? ones;
  const extra = intsAttribute(c.node, "output_padding") ?? ones.map(() => 0);
  const auto = stringAttribute(c.node, "auto_pad", "NOTSET");
  const pads = intsAttribute(c.node, "pads") ?? [...ones, ...ones].map(() => 0);
  const spatial = kernel.map((k, i) => {
    if (auto.startsWith("SAME")) return multiplyDims(shape[i + 2]!, strides[i]!);
    const padding = pads[i]! + pads[i + kernel.length]!;
    return addDims(
      multiplyDims(addDims(shape[i + 2]!, -1), strides[i]!),
      dilations[i]! * (k - 1) + 1 + extra[i]! - padding,
    );
  });
  return [{ dtype, shape: [shape[0]!, channels, ...spatial] }];
};

const pooling: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const kernel = intsAttribute(c.node, "kernel_shape") ?? [];
  const { strides, dilations, pads } = windowOf(c.node, shape.slice(2), kernel);
  const ceil = intAttribute(c.node, "ceil_mode", 0) !== 0;
  const spatial = kernel.map((k, i) => {
    const size = shape[i + 2]!;
    const count = windowCount(size, k, strides[i]!, dilations[i]!, pads[i]! + pads[i + kernel.length]!, ceil);
    // A last window that would start in the far padding does not count.
    if (ceil && typeof count === "number" && typeof size === "number" && (count - 1) * strides[i]! >= size + pads[i]!)
      return count - 1;
    return count;
  });
  const out = { dtype, shape: [shape[0]!, shape[1]!, ...spatial] };
  return [out, { dtype: "int64", shape: out.shape }];
};

const globalPooling: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: shape.map((d, i) => (i < 2 ? d : 1)) }];
};

const gemm: InferRule = (c) => {
  const [a, b] = [input(c, 0), input(c, 1)];
  const m = a.shape[intAttribute(c.node, "transA", 0) ? 1 : 0]!;
  const n = b.shape[intAttribute(c.node, "transB", 0) ? 0 : 1]!;
  return [{ dtype: a.dtype, shape: [m, n] }];
};

const matMul: InferRule = (c) => {
  const dtype = input(c, 0).dtype;
  let a = input(c, 0).shape;
  let b = input(c, 1).shape;
  if (intAttribute(c.node, "transBatchA", 0)) a = batchFirst(a);
  if (intAttribute(c.node, "transBatchB", 0)) b = batchFirst(b);
  if (intAttribute(c.node, "transA", 0)) a = swapLast(a);
  if (intAttribute(c.node, "transB", 0)) b = swapLast(b);
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = left.length > 2 || right.length > 2 ? broadcastShapes(left.slice(0, -2), right.slice(0, -2)) : [];
  const rows = a.length === 1 ? [] : [left[left.length - 2]!];
  const columns = b.length === 1 ? [] : [right[right.length - 1]!];
  return [{ dtype, shape: [...batch, ...rows, ...columns] }];
};

/** The first of a FusedMatMul operand's axes moved behind its batch axes, by `transBatchA` or `transBatchB`. */
export function batchFirst<T>(axes: readonly T[]): T[] {
  return [...axes.slice(1, -1), axes[0]!, axes.at(-1)!];
}

function swapLast(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape[shape.length - 1]!, shape[shape.length - 2]!];
}

/** The shape that known elements spell out, `undefined` where they are not known. */
function shapeFrom(c: InferContext, i: number): readonly Dim[] {
  const value = c.known(i);
  if (!value)
    throw new UnsupportedError(
      c.node,
      "its output shape depends on data; export the model with static shapes (only the batch free)",
    );
  return value.elements;
}

const reshape: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const target = shapeFrom(c, 1).map((d, i) => (d === 0 && !intAttribute(c.node, "allowzero", 0) ? shape[i]! : d));
  const open = target.indexOf(-1);
  if (open < 0) return [{ dtype, shape: target }];
  const total = productOfDims(shape);
  const rest = productOfDims(target.filter((_, i) => i !== open));
  const size = exactQuotient(total, rest) ?? floorDivideDims(total, rest);
  return [{ dtype, shape: target.map((d, i) => (i === open ? size : d)) }];
};

const transpose: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: permutationOf(c.node, shape.length).map((p) => shape[p]!) }];
};

/** A Transpose's permutation; reversing the axes is the default. */
export function permutationOf(node: Node, rank: number): readonly number[] {
  return intsAttribute(node, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
}

const squeeze: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = knownNumbers(c, 1)?.map((a) => normalizeAxis(a, shape.length));
  return [{ dtype, shape: shape.filter((d, i) => (axes ? !axes.includes(i) : d !== 1)) }];
};

const unsqueeze: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = knownNumbers(c, 1) ?? [];
  const rank = shape.length + axes.length;
  const at = new Set(axes.map((a) => normalizeAxis(a, rank)));
  const rest = [...shape];
  return [{ dtype, shape: Array.from({ length: rank }, (_, i) => (at.has(i) ? 1 : rest.shift()!)) }];
};

const flatten: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = intAttribute(c.node, "axis", 1);
  const at = axis < 0 ? axis + shape.length : axis;
  return [{ dtype, shape: [productOfDims(shape.slice(0, at)), productOfDims(shape.slice(at))] }];
};

const concat: InferRule = (c) => {
  const types = c.types.filter((t) => t !== undefined);
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", 0), shape.length);
  const length = types.map((t) => t.shape[axis]!).reduce(addDims);
  return [{ dtype, shape: shape.map((d, i) => (i === axis ? length : d)) }];
};

/** The lengths of a Split's parts. */
export function splitLengths(node: Node, length: Dim, given: readonly number[] | undefined): Dim[] {
  if (given) return [...given];
  const parts = node.outputs.length;
  if (typeof length !== "number") return node.outputs.map(() => floorDivideDims(length, parts));
  const part = Math.ceil(length / parts);
  return node.outputs.map((_, i) => Math.min(part, length - i * part));
}

const split: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axis = normalizeAxis(intAttribute(c.node, "axis", 0), shape.length);
  return splitLengths(c.node, shape[axis]!, knownNumbers(c, 1)).map((length) => ({
    dtype,
    shape: shape.map((d, i) => (i === axis ? length : d)),
  }));
};

/** One sliced axis in plain terms: first index, step and number of elements. */
export interface SlicedAxis {
  readonly axis: number;
  readonly start: Dim;
  readonly step: number;
  readonly length: Dim;
}

/** What a Slice takes of each axis it names; undefined where that is only known at run time. */
export function slicedAxes(c: InferContext): SlicedAxis[] | undefined {
  const { shape } = input(c, 0);
  const starts = c.known(1)?.elements;
  const ends = c.known(2)?.elements;
  if (!starts || !ends) return undefined;
  const axes = knownNumbers(c, 3) ?? starts.map((_, i) => i);
  const steps = knownNumbers(c, 4) ?? starts.map(() => 1);
  const result: SlicedAxis[] = [];
  for (const [k, given] of axes.entries()) {
    const axis = normalizeAxis(given, shape.length);
    const slice = slicedAxis(axis, shape[axis]!, starts[k]!, ends[k]!, steps[k]!);
    if (!slice) return undefined;
    result.push(slice);
  }
  return result;
}

function slicedAxis(axis: number, size: Dim, start: Dim, end: Dim, step: number): SlicedAxis | undefined {
  if (typeof size === "number" && typeof start === "number" && typeof end === "number") {
    const clamp = (i: number, low: number, high: number) => Math.min(Math.max(i < 0 ? i + size : i, low), high);
    const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
    const last = step > 0 ? clamp(end, 0, size) : end < -size ? -1 : clamp(end, -1, size - 1);
    return { axis, start: first, step, length: Math.max(0, Math.ceil((last - first) / step)) };
  }
  // A symbolic axis: whole, counted from either end, or up to a dimension that the graph itself computed.
  const huge = 2 ** 31 - 1;
  if (step < 0) {
    if (typeof start !== "number" || typeof end !== "number" || !(end < -huge) || !(start === -1 || start >= huge))
      return undefined;
    return step === -1 ? { axis, start: subtractDims(size, 1), step, length: size } : undefined;
  }
  const from = typeof start === "number" && start < 0 ? addDims(size, start) : start;
  const to = typeof end === "number" ? (end >= huge ? size : end < 0 ? addDims(size, end) : end) : end;
  if (
    typeof size === "string" &&
    typeof to === "number" &&
    typeof start === "number" &&
    start < 0 !== (end as number) < 0
  )
    return undefined;
  const span = subtractDims(to, from);
  return { axis, start: from, step, length: step === 1 ? span : floorDivideDims(addDims(span, step - 1), step) };
}

const slice: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const axes = slicedAxes(c);
  if (!axes)
    throw new UnsupportedError(c.node, "its bounds are computed at run time; export the model with a fixed input size");
  return [{ dtype, shape: shape.map((d, i) => axes.find((a) => a.axis === i)?.length ?? d) }];
};

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
  if (typeof depth !== "number") throw new UnsupportedError(c.node, "the last axis of its indices has no fixed size");
  return [{ dtype, shape: [...indices.slice(0, -1), ...shape.slice(batchDims + depth)] }];
};

const pad: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const pads = shapeFrom(c, 1);
  const axes = (knownNumbers(c, 3) ?? shape.map((_, i) => i)).map((a) => normalizeAxis(a, shape.length));
  return [
    {
      dtype,
      shape: shape.map((d, i) => {
        const k = axes.indexOf(i);
        return k < 0 ? d : addDims(d, addDims(pads[k]!, pads[k + axes.length]!));
      }),
    },
  ];
};

const expand: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  return [{ dtype, shape: broadcastShapes(shape, shapeFrom(c, 1)) }];
};

const tile: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const repeats = shapeFrom(c, 1);
  return [{ dtype, shape: shape.map((d, i) => multiplyDims(d, repeats[i]!)) }];
};

const resize: InferRule = (c) => {
  if (stringAttribute(c.node, "keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw new UnsupportedError(c.node, "sizes that keep the aspect ratio are not supported; give height and width");
  const { dtype, shape } = input(c, 0);
  const sizes = c.types[3] ? shapeFrom(c, 3) : undefined;
  const scales = knownNumbers(c, 2);
  if (!sizes && !scales?.length)
    throw new UnsupportedError(c.node, "its scales are computed at run time; export with a fixed input size");
  const axes = (intsAttribute(c.node, "axes") ?? shape.map((_, i) => i)).map((a) => normalizeAxis(a, shape.length));
  return [
    {
      dtype,
      shape: shape.map((d, i) => {
        const k = axes.indexOf(i);
        if (k < 0) return d;
        if (sizes) return sizes[k]!;
        const scale = scales![k]!;
        if (typeof d === "number") return Math.floor(d * scale);
        if (Number.isInteger(scale)) return multiplyDims(d, scale);
        return scale === 1 ? d : floorDivideDims(d, 1 / scale);
      }),
    },
  ];
};

const cast: InferRule = (c) => [{ dtype: dataTypeOf(intAttribute(c.node, "to", 0)), shape: input(c, 0).shape }];

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

const depthToSpace: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const block = intAttribute(c.node, "blocksize", 1);
  const [n, channels, height, width] = shape as [Dim, Dim, Dim, Dim];
  return [
    {
      dtype,
      shape: [n, floorDivideDims(channels, block * block), multiplyDims(height, block), multiplyDims(width, block)],
    },
  ];
};

const spaceToDepth: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const block = intAttribute(c.node, "blocksize", 1);
  const [n, channels, height, width] = shape as [Dim, Dim, Dim, Dim];
  return [
    {
      dtype,
      shape: [n, multiplyDims(channels, block * block), floorDivideDims(height, block), floorDivideDims(width, block)],
    },
  ];
};

const oneHot: InferRule = (c) => {
  const { shape } = input(c, 0);
  const depth = shapeFrom(c, 1)[0]!;
  const axis = intAttribute(c.node, "axis", -1);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [{ dtype: input(c, 2).dtype, shape: [...shape.slice(0, at), depth, ...shape.slice(at)] }];
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

const nonZero: InferRule = (c) => {
  const count = knownNumbers(c, 0)?.filter((v) => v !== 0).length;
  if (count === undefined) throw new UnsupportedError(c.node, "its output shape depends on data");
  return [{ dtype: "int64", shape: [input(c, 0).shape.length, count] }];
};

/** Every hidden state [T, D, N, H], then the last state (an LSTM's two) [D, N, H]. */
const recurrent: InferRule = (c) => {
  const { dtype, shape } = input(c, 0);
  const [directions, , size] = input(c, 2).shape as [Dim, Dim, Dim];
  const last: TensorType = { dtype, shape: [directions, shape[1]!, size] };
  return [{ dtype, shape: [shape[0]!, ...last.shape] }, last, last];
};

/** The body's last states, and its other outputs stacked. */
const scan: InferRule = (c) => {
  const { outputs } = c.node.attributes["body"] as Graph;
  const sequences = intAttribute(c.node, "num_scan_inputs", 1);
  const [states, steps] = [c.types.length - sequences, input(c, c.types.length - 1).shape[0]!];
  return outputs.map(({ type }, i) => (i < states ? type! : { ...type!, shape: [steps, ...type!.shape] }));
};

const dropout: InferRule = (c) => [input(c, 0), { dtype: "bool", shape: input(c, 0).shape }];

/** The shape of an Einsum's output, from its equation. */
const einsum: InferRule = (c) => {
  const { terms, output } = einsumTerms(
    c.node,
    c.types.map((_, i) => input(c, i).shape.length),
  );
  const sizes = new Map<string, Dim>();
  terms.forEach((term, i) =>
    [...term].forEach((label, axis) => {
      const size = input(c, i).shape[axis]!;
      if (!sizes.has(label) || sizes.get(label) === 1) sizes.set(label, size);
    }),
  );
  return [{ dtype: input(c, 0).dtype, shape: [...output].map((label) => sizes.get(label)!) }];
};

/** An Einsum equation's terms, `ij,jk->ik` as `["ij", "jk"]` and `"ik"`; an ellipsis becomes labels of its own. */
export function einsumTerms(node: Node, ranks: readonly number[]): { terms: string[]; output: string } {
  const [left, right] = stringAttribute(node, "equation", "").replaceAll(" ", "").split("->");
  const given = left!.split(",");
  if (given.length !== ranks.length)
    throw new UnsupportedError(node, `its equation names ${given.length} operands, it has ${ranks.length}`);
  const free = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((label) => !left!.includes(label));
  const hidden = given.map((term, i) => (term.includes("...") ? ranks[i]! - (term.length - 3) : 0));
  const most = Math.max(...hidden);
  const terms = given.map((term, i) => term.replace("...", free.slice(most - hidden[i]!, most).join("")));
  const labels = [...given.join("").replaceAll("...", "")];
  const once = [...new Set(labels)].sort().filter((l) => labels.indexOf(l) === labels.lastIndexOf(l));
  const shared = free.slice(0, most).join("");
  return { terms, output: right === undefined ? shared + once.join("") : right.replace("...", shared) };
}

/** The shape of an operator's outputs. An operator that is not here stops the inference with its name. */
export const inferRules: InferRules = {
  ...all(same, "ReorderInput ReorderOutput"),
  ...all(
    same,
    "Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh CumSum Elu Erf Exp Floor Gelu HardSigmoid HardSwish Hardmax Identity",
    "InstanceNormalization GroupNormalization LeakyRelu Log LogSoftmax LpNormalization MeanVarianceNormalization Mish Neg Not PRelu",
    "Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu Trilu",
    "ScatterElements ScatterND LRN BitwiseNot QuickGelu FastGelu BiasGelu ReverseSequence",
  ),
  ...all(elementwise, "Add Sub Mul Div Pow Min Max Sum Mean Mod And Or Xor BitwiseAnd BitwiseOr BitwiseXor BitShift"),
  ...all(comparison, "Equal Greater Less GreaterOrEqual LessOrEqual"),
  ...all((c) => [{ dtype: "bool", shape: input(c, 0).shape }], "IsNaN IsInf"),
  ...all(
    reduction,
    "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare",
  ),
  ...all(argument, "ArgMax ArgMin"),
  ...all(pooling, "MaxPool AveragePool LpPool"),
  ...all(globalPooling, "GlobalAveragePool GlobalMaxPool GlobalLpPool"),
  ...all(conv, "Conv FusedConv"),
  ...all(matMul, "MatMul FusedMatMul"),
  ...all(recurrent, "LSTM GRU RNN"),
  BatchNormalization: batchNormalization,
  Cast: cast,
  CastLike: (c) => [{ dtype: input(c, 1).dtype, shape: input(c, 0).shape }],
  Concat: concat,
  ConstantOfShape: constantOfShape,
  ConvTranspose: convTranspose,
  DepthToSpace: depthToSpace,
  Dropout: dropout,
  Einsum: einsum,
  Expand: expand,
  Flatten: flatten,
  Gather: gather,
  GatherElements: (c) => [{ dtype: input(c, 0).dtype, shape: input(c, 1).shape }],
  GatherND: gatherND,
  Gemm: gemm,
  LayerNormalization: normalization,
  MaxUnpool: (c) => [{ dtype: input(c, 0).dtype, shape: shapeFrom(c, 2) }],
  NonZero: nonZero,
  OneHot: oneHot,
  Pad: pad,
  Range: range,
  Reshape: reshape,
  Resize: resize,
  Scan: scan,
  Shape: (c) => [{ dtype: "int64", shape: [shapeSlice(c.node, input(c, 0).shape).length] }],
  Size: () => [{ dtype: "int64", shape: [] }],
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  TopK: topK,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
  Where: (c) => [
    { dtype: input(c, 1).dtype, shape: broadcastShapes(input(c, 0).shape, input(c, 1).shape, input(c, 2).shape) },
  ],
};

/** The axes that a Shape node reports. */
export function shapeSlice(node: Node, shape: Shape): Shape {
  return shape.slice(intAttribute(node, "start", 0), intAttribute(node, "end"));
}

function all(rule: InferRule, ...names: readonly string[]): InferRules {
  return Object.fromEntries(names.flatMap((line) => line.split(" ")).map((name) => [name, rule]));
}

/** A type's text for messages: `float32 [batch, 3, 32, 32]`. */
export function typeText({ dtype, shape }: { dtype: DataType; shape: Shape }): string {
  return `${dtype} [${shape.join(", ")}]`;
}
