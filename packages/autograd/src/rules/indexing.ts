import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../errors.js";
import { intAttribute, stringAttribute, type Node } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";
import type { GradientRules } from "./rule.js";

const zerosLike = (b: GraphBuilder, v: Value): Value => b.op("ConstantOfShape", [b.op("Shape", [v])]);

/** What a Scatter writes over passes no gradient; what it adds to does. */
function scatterMode(node: Node): "none" | "add" {
  const mode = stringAttribute(node, "reduction", "none");
  if (mode === "none" || mode === "add") return mode;
  throw new UnsupportedError(node, `its gradient with reduction '${mode}' is not supported`);
}

export const indexing: GradientRules = {
  GatherElements: ({ b, node, x, dy }) => [
    () =>
      b.op("ScatterElements", [zerosLike(b, x[0]!), x[1]!, dy], {
        axis: intAttribute(node, "axis", 0),
        reduction: "add",
      }),
    null,
  ],
  GatherND: ({ b, node, x, dy }) => [
    () => {
      if (intAttribute(node, "batch_dims", 0) !== 0)
        throw new UnsupportedError(node, "its gradient with batch_dims is not supported");
      return b.op("ScatterND", [zerosLike(b, x[0]!), x[1]!, dy], { reduction: "add" });
    },
    null,
  ],
  ScatterElements: ({ b, node, x, dy }) => {
    const axis = intAttribute(node, "axis", 0);
    const adds = scatterMode(node) === "add";
    return [
      () => (adds ? dy : b.op("ScatterElements", [dy, x[1]!, zerosLike(b, x[2]!)], { axis })),
      null,
      () => b.op("GatherElements", [dy, x[1]!], { axis }),
    ];
  },
  ScatterND: ({ b, node, x, dy }) => [
    () => (scatterMode(node) === "add" ? dy : b.op("ScatterND", [dy, x[1]!, zerosLike(b, x[2]!)])),
    null,
    () => b.op("GatherND", [dy, x[1]!]),
  ],
  // The largest k elements get their gradients back where they were.
  TopK: ({ b, node, x, dys }) => [
    () => {
      const axis = intAttribute(node, "axis", -1);
      const indices = node.outputs[1] ? node.outputs[1] : b.ops("TopK", x, { ...node.attributes }, { outputs: 2 })[1]!;
      return b.op("ScatterElements", [zerosLike(b, x[0]!), indices, dys[0]!], { axis });
    },
    null,
  ],
  // Every gradient is added where its element was taken from.
  Gather: ({ b, node, x, dy }) => [
    () => {
      const [data, indices] = x as [string, string];
      const rank = b.shape(data).length;
      const axis = normalizeAxis(intAttribute(node, "axis", 0), rank);
      const taken = b.shape(indices).length;
      const zeros = zerosLike(b, data);
      // With the gathered axes in front, the rows that indices name are added by ScatterND.
      const front = [...Array(taken).keys()].map((i) => axis + i);
      const rest = b.shape(dy).flatMap((_, i) => (front.includes(i) ? [] : [i]));
      const rows = b.transpose(dy, [...front, ...rest]);
      const axesOfData = [axis, ...b.shape(data).flatMap((_, i) => (i === axis ? [] : [i]))];
      const where = b.op("Unsqueeze", [b.cast(indices, "int64"), b.ints([taken])]);
      const scattered = b.op("ScatterND", [b.transpose(zeros, axesOfData), where, rows], { reduction: "add" });
      return b.transpose(
        scattered,
        axesOfData.map((_, i) => axesOfData.indexOf(i)),
      );
    },
    null,
  ],
  // A slice's gradient sits among zeros: padding for step 1, scattering otherwise.
  Slice: ({ b, node, x, dy }) => [
    () => {
      const [data, starts, ends, axesIn, stepsIn] = x as [string, string, string, string?, string?];
      const first = b.knownNumbers(starts);
      const last = b.knownNumbers(ends);
      if (!first || !last) throw new UnsupportedError(node, "its gradient needs bounds that are known before running");
      const shape = b.shape(data);
      const axes = (b.knownNumbers(axesIn) ?? first.map((_, i) => i)).map((a) => normalizeAxis(a, shape.length));
      const steps = b.knownNumbers(stepsIn) ?? first.map(() => 1);
      return axes.reduce((gradient, axis, k) => {
        const [size, length] = [shape[axis]!, b.shape(dy)[axis]!];
        if (size === length && steps[k] === 1) return gradient;
        if (size === length) return b.slice(gradient, axis, -1, -(2 ** 40), -1);
        if (typeof size !== "number" || typeof length !== "number")
          throw new UnsupportedError(node, "its gradient needs fixed sizes along the sliced axes");
        const step = steps[k]!;
        const start = Math.min(Math.max(first[k]! < 0 ? first[k]! + size : first[k]!, 0), step > 0 ? size : size - 1);
        if (step !== 1) return spreadAlong(axis, start, step, size, length, gradient);
        const pads = shape.map((_, i) => (i === axis ? start : 0));
        const tail = shape.map((_, i) => (i === axis ? size - start - length : 0));
        return b.op("Pad", [gradient, b.ints([...pads, ...tail])]);
      }, dy);

      function spreadAlong(
        axis: number,
        start: number,
        step: number,
        size: number,
        length: number,
        gradient: string,
      ): string {
        // One-hot rows: position i of the slice came from start + i·step. Gather from the gradient with a zero row added.
        const source = Array.from({ length: size }, (_, p) => {
          const i = (p - start) / step;
          return Number.isInteger(i) && i >= 0 && i < length ? i : length;
        });
        const zero = shape.map(() => 0);
        const padded = b.op("Pad", [gradient, b.ints([...zero, ...zero.map((_, i) => (i === axis ? 1 : 0))])]);
        return b.op("Gather", [padded, b.ints(source)], { axis });
      }
    },
    null,
    null,
    null,
    null,
  ],
};
