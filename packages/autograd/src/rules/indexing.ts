import type { GraphBuilder, Value } from "../builder.js";
import { bounded } from "../graph/bounded.js";
import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, stringAttribute, type Attribute } from "../graph/model.js";
import { int64 } from "../graph/tensor.js";
import { normalizeAxis } from "../infer/broadcast.js";
import { slicedAxes } from "../infer/slice.js";
import type { Gradient, GradientRules, RuleContext } from "./rule.js";

export const zerosLike = (b: GraphBuilder, v: Value): Value =>
  b.cast(b.op("ConstantOfShape", [b.op("Shape", [v])]), b.type(v).dtype);

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
      const where = withBatchIndices(b, x[1]!, intAttribute(node, "batch_dims", 0));
      return b.op("ScatterND", [zerosLike(b, x[0]!), where, dy], { reduction: "add" });
    },
    null,
  ],
  ScatterElements: (c) => {
    const axis = intAttribute(c.node, "axis", 0);
    return scattered(c, "ScatterElements", "GatherElements", { axis });
  },
  ScatterND: (c) => scattered(c, "ScatterND", "GatherND"),
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
      const [data, indices] = x as [Value, Value];
      const axis = normalizeAxis(intAttribute(node, "axis", 0), b.shape(data).length);
      if (axis === 0 && isSmallTable(b, data)) return summedIntoRows(b, dy, indices, data);
      const once = b.engine !== "webgpu" && !(isCounted(b, data) && addsRows(b));
      if (axis === 0 && isTable(b, data) && once) return summedOnce(b, dy, indices, data);
      return scatteredAlong(b, dy, axis, indices, data);
    },
    null,
  ],
  // A slice's gradient sits among zeros: reversed slices are reversed back, gaps are gathered, the rest is padding.
  Slice: ({ b, node, x, dy }) => [
    () => {
      const types = x.map((v) => (v ? b.type(v) : undefined));
      const slices = slicedAxes({ node, types, known: (i) => (x[i] ? b.known(x[i]) : undefined) });
      const before = b.shape(x[0]!).map(() => 0);
      const gradient = slices.reduce((g, { axis, start, step, length }, k) => {
        const size = b.shape(x[0]!)[axis]!;
        if (size === length && Math.abs(step ?? 0) === 1) return step! < 0 ? b.slice(g, axis, -1, -(2 ** 40), -1) : g;
        const fixed = typeof size === "number" && typeof length === "number";
        if (typeof start !== "number" || step === undefined || (step !== 1 && !fixed))
          return spreadAtRunTime(b, g, axis, x, k);
        if (step !== 1) return spreadAlong(b, g, axis, start, step, size as number);
        before[axis] = start;
        return g;
      }, dy);
      const missing = b.sub(b.op("Shape", [x[0]!]), b.op("Shape", [gradient]));
      const pads = b.op("Concat", [b.ints(before), b.sub(missing, b.ints(before))], { axis: 0 });
      return b.knownNumbers(pads)?.every((p) => p === 0)
        ? gradient
        : b.op("Pad", [gradient, pads], {}, { shape: b.shape(x[0]!) });
    },
    null,
    null,
    null,
    null,
  ],
  ReverseSequence: ({ b, node, x, dy }) => [() => b.op("ReverseSequence", [dy, x[1]!], node.attributes), null],
};

/** Rows of a table that are summed by a product: it costs what a layer of that width does. */
const fewRows = 256;

function isSmallTable(b: GraphBuilder, data: Value): boolean {
  const [rows] = b.shape(data);
  return isTable(b, data) && typeof rows === "number" && rows <= fewRows;
}

function isTable(b: GraphBuilder, data: Value): boolean {
  const { dtype, shape } = b.type(data);
  return dtype === "float32" && shape.length === 2 && typeof shape[1] === "number";
}

/** Whether a run alone tells how many rows it has, as of nodes, or of tokens. */
function isCounted(b: GraphBuilder, data: Value): boolean {
  return typeof b.shape(data)[0] !== "number";
}

/** Whether the graph adds to such rows anyway, as graph networks do: it wants one thread then, on which nothing is lost. */
function addsRows(b: GraphBuilder): boolean {
  return b.graph.nodes.some(
    (node) =>
      node.opType === "ScatterND" &&
      stringAttribute(node, "reduction", "none") === "add" &&
      isCounted(b, node.inputs[0]!),
  );
}

/**
 * The gradient of the rows that were taken of a table [rows, width]: the one-hot matrix of their numbers times `dy`. A
 * ScatterND adds to few rows from several threads at once, and ONNX Runtime (1.30) loses sums where two of them meet.
 */
function summedIntoRows(b: GraphBuilder, dy: Value, indices: Value, data: Value): Value {
  const [rows, width] = b.shape(data) as [number, number];
  const numbers = b.constant(int64([...Array(rows).keys()], [rows, 1]));
  // Those from the end on count from the front.
  const taken = b.op("Mod", [b.op("Reshape", [b.cast(indices, "int64"), b.ints([1, -1])]), b.integer(rows)]);
  const hot = b.cast(b.op("Equal", [numbers, taken]), "float32");
  // No Gemm: of no rows at all, ONNX Runtime's adds momentum as it is, undecayed.
  return b.op("MatMul", [hot, b.op("Reshape", [dy, b.ints([-1, width])])]);
}

/**
 * The same for a table of many rows, of which few are taken: what belongs to one row is summed first, by a product as above
 * whose rows are those that are taken at all, so that no two threads of the ScatterND meet in one.
 */
function summedOnce(b: GraphBuilder, dy: Value, indices: Value, data: Value): Value {
  const rows = b.op("Shape", [data], { start: 0, end: 1 });
  const taken = b.op("Mod", [b.op("Reshape", [b.cast(indices, "int64"), b.ints([-1])]), rows]);
  const [named, , place] = b.ops("Unique", [taken], { sorted: 1 }, { outputs: 3 }) as [Value, Value, Value];
  const column = (list: Value): Value => b.op("Unsqueeze", [list, b.ints([1])]);
  const hot = b.op("Equal", [column(b.positions(named, 0)), b.op("Unsqueeze", [place, b.ints([0])])]);
  const each = b.op("Reshape", [dy, b.ints([-1, b.shape(data)[1] as number])]);
  const sums = b.op("MatMul", [b.cast(hot, "float32"), each]);
  // Added, where momentum may be what it is added to (`foldMomentum`).
  return b.op("ScatterND", [zerosLike(b, data), column(named), sums], isCounted(b, data) ? {} : { reduction: "add" });
}

/**
 * The gradient of what was gathered from `data` along an axis: every part of it is added where its element was taken from.
 * @param dy with the indices' axes in the place of that axis
 */
export function scatteredAlong(b: GraphBuilder, dy: Value, axis: number, indices: Value, data: Value): Value {
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
}

/**
 * The same for bounds that a run alone will tell: the positions are sliced as the data were, so that the gradient knows
 * where its elements belong.
 * @param x the Slice's inputs
 * @param k the axis's place among those it names
 */
function spreadAtRunTime(b: GraphBuilder, dy: Value, axis: number, x: readonly Value[], k: number): Value {
  const own = (list: Value) => b.slice(list, 0, k, k + 1);
  const steps = x[4] ? [own(x[4])] : [];
  const slice = [b.positions(x[0]!, axis), own(x[1]!), own(x[2]!), b.ints([0]), ...steps];
  const from = b.op("Slice", slice, {}, { shape: [b.shape(dy)[axis]!] });
  // Each element's place in the gradient; those that were left out take the zero behind its end.
  const none = b.op("Expand", [b.op("Shape", [from]), b.op("Shape", [x[0]!], { start: axis, end: axis + 1 })]);
  const places = b.op("ScatterElements", [none, from, b.positions(from, 0)], { axis: 0 });
  const zero = b.shape(dy).map(() => 0);
  const padded = b.op("Pad", [dy, b.ints([...zero, ...zero.map((_, i) => (i === axis ? 1 : 0))])]);
  return b.op("Gather", [padded, places], { axis });
}

/** A gradient with a step between its elements along an axis: gathered from itself with a zero added at the end. */
function spreadAlong(b: GraphBuilder, dy: Value, axis: number, start: number, step: number, size: number): Value {
  const shape = b.shape(dy);
  const length = shape[axis] as number;
  const source = Array.from({ length: bounded(size) }, (_, p) => {
    const i = (p - start) / step;
    return Number.isInteger(i) && i >= 0 && i < length ? i : length;
  });
  const zero = shape.map(() => 0);
  const padded = b.op("Pad", [dy, b.ints([...zero, ...zero.map((_, i) => (i === axis ? 1 : 0))])]);
  return b.op("Gather", [padded, b.ints(source)], { axis });
}

/** What a Scatter writes over passes no gradient; what it adds to does; an extremum's is shared by all that attain it. */
function scattered(
  { b, node, x, y, dy }: RuleContext,
  scatterOp: string,
  gatherOp: string,
  attributes: Record<string, Attribute> = {},
): readonly (Gradient | null)[] {
  const [data, indices, updates] = x as [Value, Value, Value];
  const scatter = (into: Value, v: Value, reduction: "none" | "add") =>
    b.op(scatterOp, [into, indices, v], { ...attributes, reduction });
  const gather = (v: Value) => b.op(gatherOp, [v, indices], attributes);
  const reduction = stringAttribute(node, "reduction", "none");
  switch (reduction) {
    case "none":
      return [() => scatter(dy, zerosLike(b, updates), "none"), null, () => gather(dy)];
    case "add":
      return [() => dy, null, () => gather(dy)];
    case "max":
    case "min": {
      const [own, updated] = [b.mask("Equal", data, y), b.mask("Equal", updates, gather(y))];
      const share = b.div(dy, scatter(own, updated, "add"));
      return [() => b.mul(own, share), null, () => b.mul(updated, gather(share))];
    }
    default:
      throw new UnsupportedError(
        node,
        `its gradient with reduction '${reduction}' is not supported; export it without`,
      );
  }
}

/** GatherND's indices with those of the batch axes written out in front. */
function withBatchIndices(b: GraphBuilder, indices: Value, batchDims: number): Value {
  if (batchDims === 0) return indices;
  const each = b.op("Shape", [b.slice(indices, -1, 0, 1)]);
  const batch = Array.from({ length: batchDims }, (_, axis) => {
    const along = b.shape(indices).map((_, i) => (i === axis ? -1 : 1));
    return b.op("Expand", [b.op("Reshape", [b.positions(indices, axis), b.ints(along)]), each]);
  });
  return b.op("Concat", [...batch, indices], { axis: -1 });
}
