import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import { floatAttribute, intAttribute, intsAttribute, stringAttribute, type Node } from "../graph/model.js";
import { float32, tensorOf } from "../graph/tensor.js";
import { normalizeAxis } from "../infer/broadcast.js";
import type { GradientRules } from "./rule.js";

/** Elements of M: from 2,048 pixels to 8,192. */
const largestMatrix = 2 ** 24;

export const resampling: GradientRules = {
  // Along each axis a Resize is a fixed matrix M, y = M·x; its gradient is Mᵀ·dy.
  Resize: ({ b, node, x, dy }) => [
    () => {
      const [from, to] = [b.shape(x[0]!), b.shape(dy)];
      const axes = (intsAttribute(node, "axes") ?? from.map((_, i) => i)).map((a) => normalizeAxis(a, from.length));
      const scales = x[3] ? undefined : b.knownNumbers(x[2]);
      return axes.reduce((gradient, axis, k) => {
        const [size, length] = [from[axis]!, to[axis]!];
        if (size === length && (scales?.[k] ?? 1) === 1) return gradient;
        if (typeof size !== "number" || typeof length !== "number" || !(scales || x[3]))
          return backAtRunTime(b, node, gradient, axis, x, k);
        if (size * length > largestMatrix)
          throw new UnsupportedError(
            node,
            `resizing ${size} to ${length} elements is beyond what its gradient can do; take a smaller image size, or freeze what comes before`,
          );
        return backAlong(b, gradient, axis, resizeMatrix(node, size, length, scales?.[k] ?? length / size));
      }, dy);
    },
    null,
    null,
    null,
  ],
};

/**
 * The same where sizes or scales are known at run time: M is what the operator itself makes of a one at each place.
 * @param x the Resize's inputs
 * @param k the axis's place among those it names
 */
function backAtRunTime(b: GraphBuilder, node: Node, dy: Value, axis: number, x: readonly Value[], k: number): Value {
  const size = b.op("Shape", [x[0]!], { start: axis, end: axis + 1 });
  const square = b.op("ConstantOfShape", [b.op("Concat", [size, size], { axis: 0 })]);
  const places = b.op("Unsqueeze", [b.op("EyeLike", [square]), b.ints([0, 1])]);
  const { axes: _, ...form } = node.attributes;
  const scale = x[3] ? "" : b.op("Concat", [b.constant(float32([1, 1, 1])), b.slice(x[2]!, 0, k, k + 1)], { axis: 0 });
  const sizes = x[3]
    ? [b.op("Concat", [b.ints([1, 1]), size, b.op("Shape", [dy], { start: axis, end: axis + 1 })], { axis: 0 })]
    : [];
  const [from, to] = [b.shape(x[0]!)[axis]!, b.shape(dy)[axis]!];
  const reached = b.op("Resize", [places, "", scale, ...sizes], form, { shape: [1, 1, from, to] });
  const swap = swapped(b, dy, axis);
  return b.transpose(b.matMul(b.transpose(dy, swap), b.op("Squeeze", [reached, b.ints([0, 1])]), { transB: 1 }), swap);
}

/** An axis and the last one exchanged. */
function swapped(b: GraphBuilder, v: Value, axis: number): number[] {
  const rank = b.shape(v).length;
  return Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
}

/** Mᵀ·dy along one axis, for a constant matrix given by its rows (one per element of dy along the axis). */
export function backAlong(b: GraphBuilder, dy: Value, axis: number, rows: readonly (readonly number[])[]): Value {
  const matrix = b.constant(tensorOf(b.type(dy).dtype, [rows.length, rows[0]!.length], rows.flat()));
  const swap = swapped(b, dy, axis);
  return b.transpose(b.op("MatMul", [b.transpose(dy, swap), matrix]), swap);
}

/** What each of `length` outputs takes from each of `size` inputs. */
function resizeMatrix(node: Node, size: number, length: number, scale: number): number[][] {
  const weights = tapsOf(node, scale);
  return Array.from({ length }, (_, i) => {
    const row = Array.from({ length: size }, () => 0);
    const taps = weights(sourcePosition(node, i, size, length, scale), size);
    for (const [at, weight] of taps) row[Math.min(Math.max(at, 0), size - 1)]! += weight;
    return row;
  });
}

/** Where output i lies among the inputs, by the standard's formulas. */
function sourcePosition(node: Node, i: number, size: number, length: number, scale: number): number {
  const mode = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  switch (mode) {
    case "half_pixel":
      return (i + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return length > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "align_corners":
      return length > 1 ? (i * (size - 1)) / (length - 1) : 0;
    case "asymmetric":
      return i / scale;
    case "half_pixel_symmetric":
      return (size / 2) * (1 - length / (scale * size)) + (i + 0.5) / scale - 0.5;
    default:
      throw new UnsupportedError(
        node,
        `its gradient with coordinates '${mode}' is not supported; export it with half_pixel`,
      );
  }
}

type Taps = (position: number, size: number) => [at: number, weight: number][];

const roundings: Readonly<Record<string, (position: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  round_prefer_ceil: (position) => Math.floor(position + 0.5),
  round_prefer_floor: (position) => Math.ceil(position - 0.5),
};

/**
 * Which inputs an output at a position draws on, and with what weights. With antialiasing, a smaller output draws on a
 * window that is wider by 1/scale.
 */
function tapsOf(node: Node, scale: number): Taps {
  const mode = stringAttribute(node, "mode", "nearest");
  if (mode === "nearest") {
    const round = roundings[stringAttribute(node, "nearest_mode", "round_prefer_floor")]!;
    return (position) => [[round(position), 1]];
  }
  const a = floatAttribute(node, "cubic_coeff_a", -0.75);
  const kernel = (d: number) => (mode === "cubic" ? cubic(d, a) : Math.max(0, 1 - d));
  const antialias = intAttribute(node, "antialias", 0) !== 0;
  const narrowing = antialias ? Math.min(scale, 1) : 1;
  const reach = (mode === "cubic" ? 2 : 1) / narrowing;
  // Of two neighbours, without antialiasing, the runtime excludes none.
  const excludes = (mode === "cubic" || antialias) && intAttribute(node, "exclude_outside", 0) !== 0;
  return (position, size) => {
    const first = Math.ceil(position - reach);
    const taps = Array.from({ length: Math.floor(position + reach) - first + 1 }, (_, t): [number, number] => [
      first + t,
      kernel(Math.abs(first + t - position) * narrowing),
    ]);
    const used = excludes ? taps.filter(([at]) => at >= 0 && at < size) : taps;
    const total = used.reduce((sum, [, weight]) => sum + weight, 0);
    return used.map(([at, weight]) => [at, weight / total]);
  };
}

/** Keys' cubic convolution kernel (1981). */
function cubic(d: number, a: number): number {
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}
