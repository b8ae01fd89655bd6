import { UnsupportedError } from "../graph/errors.js";
import type { GraphBuilder, Value } from "../builder.js";
import { intAttribute, stringAttribute, type Node } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";
import { permutationOf, splitLengths } from "../infer/movement.js";
import { backAlong } from "./resampling.js";
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
      const lengths = splitLengths(node, b.shape(x[0]!)[axis]!, b.knownNumbers(x[1]));
      const zero = (i: number) => {
        const like = node.outputs[i]!;
        return b.has(like)
          ? b.mul(like, 0)
          : b.mul(b.slice(x[0]!, axis, offset(lengths, i), offset(lengths, i + 1)), 0);
      };
      return b.op(
        "Concat",
        dys.map((d, i) => d ?? zero(i)),
        { axis },
      );
    },
    null,
  ],
  Expand: ({ b, x, dy }) => [() => b.sumTo(dy, x[0]!), null],
  Pad: ({ b, node, x, dy }) => [
    () => {
      const pads = b.knownNumbers(x[1]);
      if (!pads) throw new UnsupportedError(node, "its gradient needs padding by a known amount");
      const rank = b.shape(x[0]!).length;
      const axes = (b.knownNumbers(x[3]) ?? b.shape(x[0]!).map((_, i) => i)).map((a) => normalizeAxis(a, rank));
      const mode = stringAttribute(node, "mode", "constant");
      if (mode !== "constant") return mirroredGradient(b, node, x[0]!, dy, axes, pads, mode);
      // Padding by the opposite amounts crops, and the other way about.
      return b.op("Pad", [dy, b.ints(pads.map((p) => -p)), "", b.ints(axes)]);
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
      return b.reduceSum(
        b.op("Reshape", [dy, b.op("Reshape", [pairs, b.ints([-1])])]),
        axes.map((i) => 2 * i),
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
      const [n, depth, height, width] = b.shape(x[0]!) as number[];
      const blocks = b.reshape(dy, [n!, depth! / size ** 2, height!, size, width!, size]);
      return b.reshape(b.transpose(blocks, [0, 1, 3, 5, 2, 4]), b.shape(x[0]!), x[0]!);
    },
  ],
};

/** Reflecting, repeating and wrapping pads copy elements: the copies' gradients are added to the originals'. */
function mirroredGradient(
  b: GraphBuilder,
  node: Node,
  x: Value,
  dy: Value,
  axes: readonly number[],
  pads: readonly number[],
  mode: string,
): Value {
  return axes.reduce((gradient, axis, k) => {
    const [size, length] = [b.shape(x)[axis]!, b.shape(dy)[axis]!];
    const before = pads[k]!;
    if (before === 0 && pads[k + axes.length] === 0) return gradient;
    if (typeof size !== "number" || typeof length !== "number")
      throw new UnsupportedError(node, "its gradient needs fixed sizes along the padded axes");
    const rows = Array.from({ length }, (_, i) => oneHot(size, sourceOf(i - before, size, mode)));
    return backAlong(b, gradient, axis, rows);
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

function offset(lengths: readonly (number | string)[], i: number): number {
  return (lengths.slice(0, i) as number[]).reduce((a, l) => a + l, 0);
}
