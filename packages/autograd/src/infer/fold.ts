import { addDims, exactQuotient, floorDivideDims, multiplyDims, productOfDims, subtractDims } from "../graph/dims.js";
import { intAttribute } from "../graph/model.js";
import { numbersOf, sizeOf, type Dim, type Tensor, type TensorType } from "../graph/tensor.js";
import { dataTypeOf } from "../io/data-types.js";
import { broadcastShapes } from "./broadcast.js";
import { knownNumbers, type InferContext, type KnownValue } from "./context.js";
import { permutationOf, splitLengths } from "./movement.js";
import { shapeSlice } from "./sizes.js";
import { slicedAxes } from "./slice.js";

/**
 * Computes small integer, boolean and scalar chains before anything runs: the Shape → Gather → Concat → Reshape
 * arithmetic of exported models. A rule returns undefined where a result is not known.
 */
export type FoldRule = (c: InferContext, output: TensorType) => KnownValue | readonly KnownValue[] | undefined;

/** Results larger than this are left to the runtime. */
export const largestFold = 4096;

type Operation = (...elements: Dim[]) => Dim | undefined;

const numeric =
  (f: (...x: number[]) => number): Operation =>
  (...x) =>
    x.every((e) => typeof e === "number") ? f(...(x as number[])) : undefined;

/** Sizes are never negative, so that a symbolic one differs from any negative number. */
const equal: Operation = (a, b) => {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  return (typeof a === "number" && a < 0) || (typeof b === "number" && b < 0) ? 0 : undefined;
};

const elementwise =
  (f: Operation): FoldRule =>
  (c) => {
    const operands = c.node.inputs.map((_, i) => c.known(i));
    if (!operands.every((o) => o !== undefined)) return undefined;
    const shape = broadcastShapes(...operands.map((o) => o.shape)) as number[];
    return complete(
      shape,
      indicesOf(shape).map((index) => f(...operands.map((o) => o.elements[offset(o.shape, index)]!))),
    );
  };

function variadic(f: (a: Dim, b: Dim) => Dim | undefined): FoldRule {
  return elementwise((...x) => accumulate(x, f));
}

const divide: FoldRule = (c, output) =>
  elementwise((a, b) => {
    if (output.dtype !== "int64" && output.dtype !== "int32")
      return typeof a === "number" && typeof b === "number" ? a / b : exactQuotient(a, b);
    return typeof a === "number" && typeof b === "number" ? Math.trunc(a / b) : floorDivideDims(a, b);
  })(c, output);

const cast: FoldRule = (c) => {
  const to = dataTypeOf(intAttribute(c.node, "to", 0));
  const whole = to === "int64" || to === "int32";
  return elementwise((a) => (typeof a === "string" ? a : to === "bool" ? Number(a !== 0) : whole ? Math.trunc(a) : a))(
    c,
    { dtype: to, shape: [] },
  );
};

/** Operators that only rearrange: the output's elements are picked from input 0's. */
const relabel: FoldRule = (c, output) => {
  const x = c.known(0);
  return x && complete(output.shape, [...x.elements]);
};

const gather: FoldRule = (c) => {
  const x = c.known(0);
  const indices = knownNumbers(c, 1);
  if (!x || !indices || x.shape.length !== 1) return undefined;
  return complete(
    c.known(1)!.shape,
    indices.map((i) => x.elements[i < 0 ? i + x.elements.length : i]),
  );
};

const concat: FoldRule = (c) => {
  const parts = c.node.inputs.map((_, i) => c.known(i));
  if (!parts.every((p) => p !== undefined && p.shape.length === 1)) return undefined;
  const elements = parts.flatMap((p) => p!.elements);
  return complete([elements.length], elements);
};

const slice: FoldRule = (c, output) => {
  const x = c.known(0);
  const axes = x && slicedAxes(c);
  if (!axes) return undefined;
  return complete(
    output.shape,
    indicesOf(output.shape as number[]).map((index) => {
      const from = index.map((i, axis) => {
        const a = axes.find((s) => s.axis === axis);
        return a ? (a.start as number) + a.step * i : i;
      });
      return x.elements[offset(x.shape, from)];
    }),
  );
};

const split: FoldRule = (c) => {
  const x = c.known(0);
  if (!x || x.shape.length !== 1) return undefined;
  let at = 0;
  return (splitLengths(c.node, x.elements.length, knownNumbers(c, 1)) as number[]).map((length) => {
    at += length;
    return { shape: [length], elements: x.elements.slice(at - length, at) };
  });
};

const transpose: FoldRule = (c, output) => {
  const x = c.known(0);
  if (!x) return undefined;
  const perm = permutationOf(c.node, x.shape.length);
  return complete(
    output.shape,
    indicesOf(output.shape as number[]).map((index) => {
      const from = index.slice();
      perm.forEach((p, i) => (from[p] = index[i]!));
      return x.elements[offset(x.shape, from)];
    }),
  );
};

const expand: FoldRule = (c, output) => {
  const x = c.known(0);
  if (!x || !output.shape.every((d) => typeof d === "number") || sizeOf(output.shape as number[]) > largestFold)
    return undefined;
  return complete(
    output.shape,
    indicesOf(output.shape as number[]).map((index) => x.elements[offset(x.shape, index)]),
  );
};

const constantOfShape: FoldRule = (c, output) => {
  if (!output.shape.every((d) => typeof d === "number")) return undefined;
  const size = sizeOf(output.shape as number[]);
  const value = c.node.attributes["value"] as Tensor | undefined;
  return size > largestFold
    ? undefined
    : complete(
        output.shape,
        Array.from({ length: size }, () => (value ? numbersOf(value)[0]! : 0)),
      );
};

const range: FoldRule = (c, output) => {
  const [start, , delta] = [0, 1, 2].map((i) => knownNumbers(c, i)?.[0]);
  const length = output.shape[0];
  if (start === undefined || delta === undefined || typeof length !== "number" || length > largestFold)
    return undefined;
  return complete(
    [length],
    Array.from({ length }, (_, i) => start + i * delta),
  );
};

const reduce =
  (f: (a: Dim, b: Dim) => Dim | undefined): FoldRule =>
  (c, output) => {
    const x = c.known(0);
    if (!x || x.elements.length === 0 || !output.shape.every((d) => d === 1)) return undefined;
    return complete(output.shape, [accumulate(x.elements, f)]);
  };

function accumulate(elements: readonly Dim[], f: (a: Dim, b: Dim) => Dim | undefined): Dim | undefined {
  return elements.slice(1).reduce<Dim | undefined>((a, b) => (a === undefined ? a : f(a, b)), elements[0]);
}

const minimum = numeric(Math.min);
const maximum = numeric(Math.max);

const nonZero: FoldRule = (c) => {
  const x = c.known(0);
  if (!x || !x.elements.every((e) => typeof e === "number")) return undefined;
  const hits = indicesOf(x.shape).filter((_, i) => x.elements[i] !== 0);
  return complete(
    [x.shape.length, hits.length],
    x.shape.flatMap((_, axis) => hits.map((index) => index[axis]!)),
  );
};

export const foldRules: Readonly<Record<string, FoldRule>> = {
  Abs: elementwise(numeric(Math.abs)),
  Add: elementwise(addDims),
  And: elementwise(numeric((a, b) => a & b)),
  Cast: cast,
  Ceil: elementwise((a) => (typeof a === "string" ? a : Math.ceil(a))),
  Concat: concat,
  ConstantOfShape: constantOfShape,
  Div: divide,
  Equal: elementwise(equal),
  Exp: elementwise(numeric(Math.exp)),
  Expand: expand,
  Flatten: relabel,
  Floor: elementwise((a) => (typeof a === "string" ? a : Math.floor(a))),
  Gather: gather,
  Greater: elementwise(numeric((a, b) => Number(a > b))),
  GreaterOrEqual: elementwise(numeric((a, b) => Number(a >= b))),
  Identity: relabel,
  Less: elementwise(numeric((a, b) => Number(a < b))),
  LessOrEqual: elementwise(numeric((a, b) => Number(a <= b))),
  Log: elementwise(numeric(Math.log)),
  Max: variadic((a, b) => (a === b ? a : maximum(a, b))),
  Min: variadic((a, b) => (a === b ? a : minimum(a, b))),
  Mod: elementwise(numeric((a, b) => ((a % b) + b) % b)),
  Mul: elementwise(multiplyDims),
  Neg: elementwise((a) => multiplyDims(a, -1)),
  NonZero: nonZero,
  Not: elementwise(numeric((a) => 1 - a)),
  Or: elementwise(numeric((a, b) => a | b)),
  Pow: elementwise(numeric(Math.pow)),
  Range: range,
  ReduceMax: reduce(maximum),
  ReduceMin: reduce(minimum),
  ReduceProd: reduce(multiplyDims),
  ReduceSum: reduce(addDims),
  Reshape: relabel,
  Round: elementwise((a) => (typeof a === "string" ? a : roundHalfToEven(a))),
  Shape: (c) => {
    const dims = shapeSlice(c.node, c.types[0]!.shape);
    return { shape: [dims.length], elements: dims };
  },
  Size: (c) => ({ shape: [], elements: [productOfDims(c.types[0]!.shape)] }),
  Slice: slice,
  Split: split,
  Sqrt: elementwise(numeric(Math.sqrt)),
  Squeeze: relabel,
  Sub: elementwise(subtractDims),
  Tile: (c, output) => {
    const x = c.known(0);
    if (!x || x.shape.length !== 1) return undefined;
    const length = output.shape[0];
    return typeof length === "number"
      ? complete(
          [length],
          Array.from({ length }, (_, i) => x.elements[i % x.elements.length]),
        )
      : undefined;
  },
  Transpose: transpose,
  Unsqueeze: relabel,
  Where: elementwise((condition, a, b) =>
    typeof condition === "number" ? (condition ? a : b) : a === b ? a : undefined,
  ),
};

/** Axes and sizes given as attributes or inputs do not change what is folded: only whole results are kept. */
function complete(shape: readonly Dim[], elements: readonly (Dim | undefined)[]): KnownValue | undefined {
  if (!elements.every((e) => e !== undefined) || !shape.every((d) => typeof d === "number")) return undefined;
  return { shape: shape as number[], elements };
}

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/** Every index of a shape, in row-major order. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, d) => all.flatMap((index) => Array.from({ length: d }, (_, i) => [...index, i])),
    [[]],
  );
}

/** Where a (broadcast) index lies in a row-major tensor. */
function offset(shape: readonly number[], index: readonly number[]): number {
  const skip = index.length - shape.length;
  return shape.reduce((at, d, axis) => at * d + (d === 1 ? 0 : index[axis + skip]!), 0);
}
