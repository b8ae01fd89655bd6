import type { GraphBuilder, Value } from "../../builder.js";
import { intAttribute } from "../../graph/model.js";
import { normalizeAxis } from "../../infer/broadcast.js";
import { slicedAxes } from "../../infer/slice.js";
import type { Rewrites } from "./rewrite.js";

/** Sums of rows as PyTorch's scatter_add exports them. */
export const scatter: Rewrites = {
  // Where it is said of every element where it goes, though it goes where its whole row does.
  ScatterElements: ({ b, node, x }) => {
    const [data, indices, updates] = x as [Value, Value, Value];
    if (normalizeAxis(intAttribute(node, "axis", 0), b.shape(data).length) !== 0) return undefined;
    const rows = rowsOf(b, data, indices);
    if (rows === undefined) return undefined;
    const where = b.op("Reshape", [b.cast(rows, "int64"), b.ints([-1, 1])]);
    const { axis: _, ...rest } = node.attributes;
    return [b.op("ScatterND", [data, where, updates], rest)];
  },
  // Updates are cut to the size of the indices, which is their own.
  Slice: ({ b, node, x }) => {
    if (!x[1] || !x[2]) return undefined;
    const types = x.map((v) => (v ? b.type(v) : undefined));
    const axes = slicedAxes({ node, types, known: (i) => (x[i] ? b.known(x[i]) : undefined) });
    const shape = b.shape(x[0]!);
    const isWhole = axes.every(({ axis, step, length }) => step === 1 && length === shape[axis]);
    return isWhole ? [x[0]!] : undefined;
  },
};

/**
 * Where each row of updates goes, [rows, 1, …], if the indices are that expanded along the other axes, which are scattered
 * whole.
 */
function rowsOf(b: GraphBuilder, data: Value, indices: Value): Value | undefined {
  const [, ...width] = b.shape(data);
  const [count, ...covered] = b.shape(indices);
  if (covered.some((d, i) => d !== width[i])) return undefined;
  const name = b.resolve(indices);
  const maker = b.graph.nodes.findLast((node) => node.outputs[0] === name);
  const own = maker?.opType === "Expand" ? maker.inputs[0]! : name;
  const [rows, ...rest] = b.shape(own);
  const isOfRows = rows === count && rest.length === covered.length && rest.every((d) => d === 1);
  return isOfRows ? own : undefined;
}
