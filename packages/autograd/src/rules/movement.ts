import type { GraphBuilder, Value } from "../builder.js";
import { floorDivideDims, isStatic } from "../graph/dims.js";
import { intAttribute, stringAttribute, type Node } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";
import type { Dim } from "../graph/tensor.js";
import { permutationOf } from "../infer/movement.js";
import { backAlong } from "./resampling.js";
import { scatteredAlong, zerosLike } from "./indexing.js";
import type { GradientRule, GradientRules } from "./rule.js";

/** The elements stay, in their order: the gradient takes the input's shape again. */
const reshaped: GradientRule = ({ b, x, dy }) => [() => b.reshape(dy, b.shape(x[0]!), x[0]!), null];

export const movement: GradientRules = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: ({ b, node, dy }) => [
    () => {
      const perm = permutationOf(node, b.shape(dy).length);
      return b.transpose(
        dy,
        perm.map((_, i) => perm.indexOf(i)),
      );
    },
  ],
  Concat: ({ b, node, x, dy }) => {
    const axis = normalizeAxis(intAttribute(node, "axis", 0), b.shape(dy).length);
    const length = (v: Value) => b.op("Shape", [v], { start: axis, end: axis + 1 });
    const starts = [b.ints([0])];
    for (const xi of x) starts.push(b.add(starts.at(-1)!, length(xi)));
    return x.map((_, i) => () => b.op("Slice", [dy, starts[i]!, starts[i + 1]!, b.ints([axis])]));
  },
  Split: ({ b, node, x, dys }) => [
    () => {
      const axis = normalizeAxis(intAttribute(node, "axis", 0), b.shape(x[0]!).length);
      return b.op(
        "Concat",
        dys.map((d, i) => d ?? zerosLike(b, partOf(b, node, x, axis, i))),
        { axis },
      );
    },
    null,
  ],
  Expand: ({ b, x, dy }) => [() => b.sumTo(dy, x[0]!), null],
  Pad: ({ b, node, x, dy }) => [
    () => {
      const rank = b.shape(x[0]!).length;
      const axes = (b.knownNumbers(x[3]) ?? b.shape(x[0]!).map((_, i) => i)).map((a) => normalizeAxis(a, rank));
      const mode = stringAttribute(node, "mode", "constant");
      if (mode !== "constant") return mirroredGradient(b, x as [Value, Value], dy, axes, mode);
      // Padding by the opposite amounts crops, and the other way about.
      return b.op("Pad", [dy, b.neg(x[1]!), "", b.ints(axes)], {}, { shape: b.shape(x[0]!) });
    },
    null,
    null,
    null,
  ],
  // [r₀·d₀, r₁·d₁, …] → [r₀, d₀, r₁, d₁, …]: the repeats become axes of their own, which are summed.
  Tile: ({ b, x, dy }) => [
    () => {
      const axes = b.shape(x[0]!).map((_, i) => i);
      const rows = b.op("Concat", [x[1]!, b.op("Shape", [x[0]!])], { axis: 0 });
      const pairs = b.op("Transpose", [b.op("Reshape", [rows, b.ints([2, -1])])], { perm: [1, 0] });
      const repeats = b.op("Reshape", [dy, b.op("Reshape", [pairs, b.ints([-1])])]);
      return b.knownAs(
        b.reduceSum(
          repeats,
          axes.map((i) => 2 * i),
        ),
        b.shape(x[0]!),
      );
    },
    null,
  ],
  Trilu: ({ b, node, x, dy }) => [
    () => b.op("Trilu", [dy, ...x.slice(1)], { upper: intAttribute(node, "upper", 1) }),
    null,
  ],
  SpaceToDepth: ({ b, node, dy }) => [
    () => b.op("DepthToSpace", [dy], { blocksize: intAttribute(node, "blocksize", 1) }),
  ],
  DepthToSpace: ({ b, node, x, dy }) => [
    () => {
      const size = intAttribute(node, "blocksize", 1);
      if (stringAttribute(node, "mode", "DCR") === "DCR") return b.op("SpaceToDepth", [dy], { blocksize: size });
      // Column-row-depth order: [n, c, h, i, w, j] → [n, c, i, j, h, w].
      const [n, depth, height, width] = b.shape(x[0]!) as [Dim, Dim, Dim, Dim];
      const own = (axis: number) => b.op("Shape", [x[0]!], { start: axis, end: axis + 1 });
      const target = [own(0), b.ints([-1]), own(2), b.ints([size]), own(3), b.ints([size])];
      const shape = [n, floorDivideDims(depth, size ** 2), height, size, width, size];
      const blocks = b.op("Reshape", [dy, b.op("Concat", target, { axis: 0 })], {}, { shape });
      return b.reshape(b.transpose(blocks, [0, 1, 3, 5, 2, 4]), b.shape(x[0]!), x[0]!);
    },
  ],
};

/** Output i of a Split, also where the node leaves it out. */
function partOf(b: GraphBuilder, node: Node, x: readonly Value[], axis: number, i: number): Value {
  const output = node.outputs[i]!;
  if (output !== "" && b.has(output)) return output;
  return b.ops("Split", x, { ...node.attributes, axis }, { outputs: node.outputs.length })[i]!;
}

/** Of a matrix, up to which a product by it is the faster way: 15 ms for 21 at 500 pixels a side, 49 for 38 at 1,024. */
const mostPadded = 2 ** 18;

/** Reflecting, repeating and wrapping pads copy elements: the copies' gradients are added to the originals'. */
function mirroredGradient(
  b: GraphBuilder,
  [x, amounts]: readonly [Value, Value],
  dy: Value,
  axes: readonly number[],
  mode: string,
): Value {
  const pads = b.knownNumbers(amounts);
  return axes.reduceRight((gradient, axis, k) => {
    const [size, length] = [b.shape(x)[axis]!, b.shape(dy)[axis]!];
    const own = [k, k + axes.length];
    if (own.every((i) => pads?.[i] === 0)) return gradient;
    // Of a long axis the matrix would be its square.
    const isSmall = isStatic([size, length]) && (size as number) * (length as number) <= mostPadded;
    if (pads && isSmall && own.every((i) => pads[i]! >= 0)) {
      const rows = Array.from({ length: length as number }, (_, i) =>
        oneHot(size as number, sourceOf(i - pads[k]!, size as number, mode)),
      );
      return backAlong(b, gradient, axis, rows);
    }
    // The positions padded in the same way tell which elements were copied.
    const around = b.op(
      "Concat",
      own.map((i) => b.slice(amounts, 0, i, i + 1)),
      { axis: 0 },
    );
    const from = b.op("Pad", [b.positions(x, axis), around], { mode }, { shape: [length] });
    const rank = b.shape(dy).length;
    const size1 = b.op("Shape", [x], { start: axis, end: axis + 1 });
    const sizes = Array.from({ length: rank }, (_, i) =>
      i === axis ? size1 : b.op("Shape", [gradient], { start: i, end: i + 1 }),
    );
    const data = b.cast(b.op("ConstantOfShape", [b.op("Concat", sizes, { axis: 0 })]), b.type(dy).dtype);
    return scatteredAlong(b, gradient, axis, from, data);
  }, dy);
}

function sourceOf(position: number, size: number, mode: string): number {
  if (mode === "edge") return Math.min(Math.max(position, 0), size - 1);
  if (mode === "wrap") return ((position % size) + size) % size;
  const period = Math.max(1, 2 * (size - 1));
  const at = ((position % period) + period) % period;
  return at < size ? at : period - at;
}

function oneHot(size: number, at: number): number[] {
  return Array.from({ length: size }, (_, i) => (i === at ? 1 : 0));
}
