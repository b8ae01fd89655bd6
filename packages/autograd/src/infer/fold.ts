import {
  addDims,
  rangeOf,
  ceilOfDim,
  divideDims,
  floorOfDim,
  isStatic,
  largerDim,
  modDims,
  multiplyDims,
  productOfDims,
  smallerDim,
  subtractDims,
  truncateDivideDims,
  truncatedDim,
} from "../graph/dims.js";
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

/** Known of symbolic sizes too, where they differ whatever they are: none is negative. */
const equal: Operation = (a, b) => {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  const { low, high } = rangeOf(subtractDims(a, b));
  return low > 0 || high < 0 ? 0 : undefined;
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
  elementwise((a, b) => (isInteger(output) ? integerQuotient(a, b) : divideDims(a, b)))(c, output);

const integerQuotient: Operation = (a, b) => (b === 0 ? undefined : truncateDivideDims(a, b));

function isInteger({ dtype }: TensorType): boolean {
  return dtype === "int64" || dtype === "int32";
}

/** Types of which few numbers are; what others become is left to the runtime. */
const narrowTypes: Readonly<Partial<Record<TensorType["dtype"], { low: number; high: number }>>> = {
  int8: { low: -128, high: 127 },
  uint8: { low: 0, high: 255 },
};

const cast: FoldRule = (c) => {
  const to = dataTypeOf(intAttribute(c.node, "to", 0));
  const narrow = narrowTypes[to];
  const whole = to === "int64" || to === "int32" || narrow;
  const convert: Operation = (a) => {
    if (to !== "bool") {
      const made = whole ? truncatedDim(a) : a;
      return narrow && !(typeof made === "number" && made >= narrow.low && made <= narrow.high) ? undefined : made;
    }
    return typeof a === "number" ? Number(a !== 0) : rangeOf(a).low > 0 ? 1 : undefined;
  };
  return elementwise(convert)(c, { dtype: to, shape: [] });
};

const mod: FoldRule = (c, output) =>
  intAttribute(c.node, "fmod", 0)
    ? elementwise(numeric((a, b) => a % b))(c, output)
    : elementwise((a, b) => (b === 0 ? undefined : modDims(a, b)))(c, output);

/** Its bounds may be left out. */
const clip: FoldRule = (c) => {
  const x = c.known(0);
  const limits = [1, 2].map((i) => (c.types[i] ? c.known(i)?.elements : []));
  if (!x || !limits.every((l) => l !== undefined)) return undefined;
  const [low, high] = limits.map((l) => l[0]);
  const raised = x.elements.map((e) => (low === undefined ? e : largerDim(e, low)));
  return complete(
    x.shape,
    raised.map((e) => (high === undefined ? e : smallerDim(e, high))),
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
  if (!x || !axes?.every((a) => typeof a.start === "number") || !isStatic(output.shape)) return undefined;
  return complete(
    output.shape,
    indicesOf(output.shape as number[]).map((index) => {
      const from = index.map((i, axis) => {
        const a = axes.find((s) => s.axis === axis);
        return a ? (a.start as number) + a.step! * i : i;
      });
      return x.elements[offset(x.shape, from)];
    }),
  );
};

const split: FoldRule = (c) => {
  const x = c.known(0);
  if (!x || x.shape.length !== 1) return undefined;
  const lengths = splitLengths(c.node, x.elements.length, c.types[1] && (knownNumbers(c, 1) ?? ["unknown"]));
  if (!isStatic(lengths)) return undefined;
  let at = 0;
  return (lengths as readonly number[]).map((length) => {
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

const eyeLike: FoldRule = (c, { shape }) => {
  const [rows, columns] = shape;
  const k = intAttribute(c.node, "k", 0);
  if (typeof rows !== "number" || typeof columns !== "number" || rows * columns > largestFold) return undefined;
  return complete(
    shape,
    Array.from({ length: rows * columns }, (_, i) => Number((i % columns) - Math.floor(i / columns) === k)),
  );
};

const compare =
  (holds: (difference: number) => boolean): FoldRule =>
  (c, output) =>
    elementwise((a, b) => {
      if (typeof a === "number" && typeof b === "number") return Number(holds(a === b ? 0 : a - b));
      const { low, high } = rangeOf(subtractDims(a, b));
      return holds(low) === holds(high) ? Number(holds(low)) : undefined;
    })(c, output);

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
  Ceil: elementwise(ceilOfDim),
  Clip: clip,
  Concat: concat,
  ConstantOfShape: constantOfShape,
  Div: divide,
  Equal: elementwise(equal),
  Exp: elementwise(numeric(Math.exp)),
  Expand: expand,
  EyeLike: eyeLike,
  Flatten: relabel,
  Floor: elementwise(floorOfDim),
  Gather: gather,
  Greater: compare((d) => d > 0),
  GreaterOrEqual: compare((d) => d >= 0),
  Identity: relabel,
  Less: compare((d) => d < 0),
  LessOrEqual: compare((d) => d <= 0),
  Log: elementwise(numeric(Math.log)),
  Max: variadic(largerDim),
  Min: variadic(smallerDim),
  Mod: mod,
  Mul: elementwise(multiplyDims),
  Neg: elementwise((a) => multiplyDims(a, -1)),
  NonZero: nonZero,
  Not: elementwise(numeric((a) => 1 - a)),
  Or: elementwise(numeric((a, b) => a | b)),
  Pow: elementwise(numeric(Math.pow)),
  Range: range,
  ReduceMax: reduce(largerDim),
  ReduceMin: reduce(smallerDim),
  ReduceProd: reduce(multiplyDims),
  ReduceSum: reduce(addDims),
  Reshape: relabel,
  Round: elementwise((a) => (typeof a === "number" ? roundHalfToEven(a) : floorOfDim(a) === a ? a : undefined)),
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
