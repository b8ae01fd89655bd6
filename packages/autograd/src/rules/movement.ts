import { UnsupportedError } from "../errors.js";
import { intAttribute, stringAttribute } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";
import { permutationOf, splitLengths } from "../infer/shapes.js";
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
      return b.transpose(dy, perm.map((_, i) => perm.indexOf(i)));
    },
  ],
  Concat: ({ b, node, x, dy }) => {
    const axis = normalizeAxis(intAttribute(node, "axis", 0), b.shape(dy).length);
    const lengths = x.map((xi) => b.shape(xi)[axis]!);
    if (!lengths.every((l) => typeof l === "number")) throw new UnsupportedError(node, "its gradient needs fixed lengths along the joined axis");
    let at = 0;
    return (lengths as number[]).map((length) => {
      const start = at;
      at += length;
      return () => b.slice(dy, axis, start, start + length);
    });
  },
  Split: ({ b, node, x, dys }) => [
    () => {
      const axis = normalizeAxis(intAttribute(node, "axis", 0), b.shape(x[0]!).length);
      const lengths = splitLengths(node, b.shape(x[0]!)[axis]!, b.knownNumbers(x[1]));
      const zero = (i: number) => {
        const like = node.outputs[i]!;
        return b.has(like) ? b.mul(like, 0) : b.mul(b.slice(x[0]!, axis, offset(lengths, i), offset(lengths, i + 1)), 0);
      };
      return b.op("Concat", dys.map((d, i) => d ?? zero(i)), { axis });
    },
    null,
  ],
  Expand: ({ b, x, dy }) => [() => b.sumTo(dy, x[0]!), null],
  Pad: ({ b, node, x, dy }) => [
    () => {
      const pads = b.knownNumbers(x[1]);
      if (!pads || stringAttribute(node, "mode", "constant") !== "constant")
        throw new UnsupportedError(node, "only constant padding by a known amount has a gradient");
      const axes = b.knownNumbers(x[3]) ?? b.shape(x[0]!).map((_, i) => i);
      // Padding by the opposite amounts crops, and the other way about.
      return b.op("Pad", [dy, b.ints(pads.map((p) => -p)), "", b.ints(axes)]);
    },
    null,
    null,
    null,
  ],
};

function offset(lengths: readonly (number | string)[], i: number): number {
  return (lengths.slice(0, i) as number[]).reduce((a, l) => a + l, 0);
}

