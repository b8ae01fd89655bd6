import type { GraphBuilder, Value } from "../builder.js";
import { productOfDims } from "../graph/dims.js";
import { intAttribute } from "../graph/model.js";
import { normalizeAxis } from "../infer/broadcast.js";
import type { GradientRule, GradientRules, RuleContext } from "./rule.js";

/** The axes that node reduces, counted from the front. */
function reducedAxes({ b, node, x }: RuleContext): number[] {
  const rank = b.shape(x[0]!).length;
  const axes = b.knownNumbers(x[1]) ?? [];
  if (axes.length > 0) return axes.map((a) => normalizeAxis(a, rank));
  return intAttribute(node, "noop_with_empty_axes", 0) ? [] : Array.from({ length: rank }, (_, i) => i);
}

/** A reduced value (the output or its gradient) with the reduced axes back as ones. */
function keepReduced(c: RuleContext, v: Value): Value {
  const axes = reducedAxes(c);
  return intAttribute(c.node, "keepdims", 1) || axes.length === 0 ? v : c.b.op("Unsqueeze", [v, c.b.ints(axes)]);
}

/** Repeats along the reduced axes, back to x's shape. */
export function expandTo(b: GraphBuilder, v: Value, x: Value): Value {
  const shape = b.shape(x);
  const from = b.shape(v);
  const wanted = shape.map((d, i) => (from[i] === d ? 1 : d));
  return b.op("Expand", [
    v,
    wanted.every((d) => typeof d === "number") ? b.ints(wanted as number[]) : b.op("Shape", [x]),
  ]);
}

/** The number of elements that are averaged, as a constant or, where the batch is among them, from the shapes. */
function reducedCount(c: RuleContext): Value | number {
  const { b, x, y } = c;
  const count = productOfDims(reducedAxes(c).map((a) => b.shape(x[0]!)[a]!));
  if (typeof count === "number") return count;
  const size = (v: Value) => b.cast(b.op("Size", [v]), "float32");
  return b.div(size(x[0]!), size(y));
}

const average: GradientRule = (c) => [
  () => expandTo(c.b, c.b.div(keepReduced(c, c.dy), reducedCount(c)), c.x[0]!),
  null,
];

/** The elements that attain the extremum share the gradient equally. */
const extremum: GradientRule = (c) => [
  () => {
    const { b, x } = c;
    const attained = b.mask("Equal", x[0]!, keepReduced(c, c.y));
    return b.mul(attained, b.div(keepReduced(c, c.dy), b.reduceSum(attained, reducedAxes(c), 1)));
  },
  null,
];

/** dx = dy · Π of the other elements, sound where elements are zero. */
const product: GradientRule = (c) => [
  () => {
    const { b, x } = c;
    if (reducedAxes(c).length === 0) return c.dy;
    const zero = b.mask("Equal", x[0]!, 0);
    const nonZero = b.add(x[0]!, zero);
    const all = b.op("ReduceProd", [nonZero, b.ints(reducedAxes(c))]);
    const otherZeros = b.sub(b.reduceSum(zero, reducedAxes(c), 1), zero);
    return b.mul(b.mul(keepReduced(c, c.dy), b.div(all, nonZero)), b.mask("Equal", otherZeros, 0));
  },
  null,
];

export const reduction: GradientRules = {
  ReduceSum: (c) => [() => expandTo(c.b, keepReduced(c, c.dy), c.x[0]!), null],
  ReduceMean: average,
  ReduceSumSquare: (c) => [() => c.b.mul(c.b.mul(keepReduced(c, c.dy), c.x[0]!), 2), null],
  ReduceL1: (c) => [() => c.b.mul(keepReduced(c, c.dy), c.b.op("Sign", [c.x[0]!])), null],
  // The norm has a corner at the origin, where its gradient is taken as zero.
  ReduceL2: (c) => [
    () => {
      const norm = keepReduced(c, c.y);
      return c.b.mul(c.b.div(keepReduced(c, c.dy), c.b.add(norm, c.b.mask("Equal", norm, 0))), c.x[0]!);
    },
    null,
  ],
  ReduceMax: extremum,
  ReduceMin: extremum,
  ReduceProd: product,
  ReduceLogSum: (c) => [
    () => expandTo(c.b, c.b.mul(keepReduced(c, c.dy), c.b.exp(c.b.neg(keepReduced(c, c.y)))), c.x[0]!),
    null,
  ],
  ReduceLogSumExp: (c) => [() => c.b.mul(keepReduced(c, c.dy), c.b.exp(c.b.sub(c.x[0]!, keepReduced(c, c.y)))), null],
  // Element i enters every sum from i on: the gradient is summed from the other end.
  CumSum: ({ b, node, x, dy }) => [
    () =>
      b.op("CumSum", [dy, x[1]!], {
        exclusive: intAttribute(node, "exclusive", 0),
        reverse: 1 - intAttribute(node, "reverse", 0),
      }),
    null,
  ],
  Softmax: ({ b, node, y, dy }) => [
    () => {
      const axis = b.ints([normalizeAxis(intAttribute(node, "axis", -1), b.shape(y).length)]);
      const p = withoutMasked(b, y);
      const weighted = b.mul(dy, p);
      return b.sub(weighted, b.mul(p, b.op("ReduceSum", [weighted, axis], { keepdims: 1 })));
    },
  ],
  LogSoftmax: ({ b, node, y, dy }) => [
    () => {
      const axis = b.ints([normalizeAxis(intAttribute(node, "axis", -1), b.shape(y).length)]);
      return b.sub(dy, b.mul(b.exp(y), b.op("ReduceSum", [dy, axis], { keepdims: 1 })));
    },
  ],
};

/** A row that is masked as a whole is NaN. A model that puts something in its place uses a Where: no gradient there. */
function withoutMasked(b: GraphBuilder, y: Value): Value {
  const replaced = b.graph.nodes.some((n) => n.opType === "Where" && n.inputs.includes(y));
  return replaced ? b.where(b.op("IsNaN", [y]), 0, y) : y;
}
