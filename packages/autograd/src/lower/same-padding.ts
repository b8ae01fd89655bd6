import type { GraphBuilder, Value } from "../builder.js";
import { ceilDivideDims, isStatic } from "../graph/dims.js";
import { intAttribute, intsAttribute, stringAttribute, type Node } from "../graph/model.js";

const lowest = -3.4028234663852886e38;

/**
 * A window with a stride and auto_pad SAME over an axis of free size, with the padding in front of it, computed at run
 * time: total = max(0, (⌈n/s⌉ − 1)·s + extent − n). Undefined where the node can stay.
 */
export function padBefore(b: GraphBuilder, node: Node): Value | undefined {
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  const x = node.inputs[0]!;
  const spatial = b.shape(x).slice(2);
  const kernel = intsAttribute(node, "kernel_shape") ?? b.shape(node.inputs[1] ?? "").slice(2);
  const strides = intsAttribute(node, "strides") ?? kernel.map(() => 1);
  if (!auto.startsWith("SAME") || isStatic(spatial) || !isStatic(kernel) || strides.every((s) => s === 1))
    return undefined;
  const dilations = intsAttribute(node, "dilations") ?? kernel.map(() => 1);
  const extent = kernel.map((k, i) => dilations[i]! * (k - 1) + 1);
  const size = b.op("Shape", [x], { start: 2 });
  const count = b.div(b.add(size, b.ints(strides.map((s) => s - 1))), b.ints(strides));
  const needed = b.add(b.mul(b.sub(count, b.ints(kernel.map(() => 1))), b.ints(strides)), b.ints(extent));
  const total = b.op("Max", [b.sub(needed, size), b.ints([0])]);
  const small = b.div(total, b.ints([2]));
  const [begin, end] = auto === "SAME_UPPER" ? [small, b.sub(total, small)] : [b.sub(total, small), small];
  const pads = b.op("Concat", [b.ints([0, 0]), begin, b.ints([0, 0]), end], { axis: 0 });
  const padded = (v: Value, by: number) => b.op("Pad", [v, pads, by]);
  const shape = [
    ...b.shape(x).slice(0, 1),
    ...(node.opType === "Conv" ? [b.shape(node.inputs[1]!)[0]!] : [b.shape(x)[1]!]),
    ...spatial.map((d, i) => ceilDivideDims(d, strides[i]!)),
  ];
  const over = (v: Value) =>
    b.op(
      node.opType,
      [v, ...node.inputs.slice(1)],
      { ...node.attributes, auto_pad: "VALID" },
      { domain: node.domain, shape },
    );
  if (node.opType === "MaxPool") return over(padded(x, lowest));
  if (node.opType !== "AveragePool" || intAttribute(node, "count_include_pad", 0)) return over(padded(x, 0));
  // The mean over what is there: that over all of the window, by the part of it that is there.
  const there = b.op("Expand", [b.scalar(1), b.op("Concat", [b.ints([1, 1]), size], { axis: 0 })]);
  const part = b.op(
    "AveragePool",
    [padded(there, 0)],
    { ...node.attributes, auto_pad: "VALID" },
    { shape: [1, 1, ...shape.slice(2)] },
  );
  return b.div(over(padded(x, 0)), part);
}
