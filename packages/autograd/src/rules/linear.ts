import type { GraphBuilder, Value } from "../builder.js";
import { UnsupportedError } from "../graph/errors.js";
import { Float, floatAttribute, intAttribute } from "../graph/model.js";
import { batchFirst, einsumTerms } from "../infer/linear.js";
import { expandTo } from "./reduction.js";
import type { GradientRules } from "./rule.js";

export const linear: GradientRules = {
  // Y = α·A'B' + β·C, where a prime is an optional transpose.
  Gemm: ({ b, node, x, dy }) => {
    const [a, w, c] = x as [Value, Value, Value | undefined];
    const [ta, tb] = [intAttribute(node, "transA", 0), intAttribute(node, "transB", 0)];
    const alpha = floatAttribute(node, "alpha", 1);
    const gemm = (l: Value, r: Value, transA: number, transB: number) =>
      b.op("Gemm", [l, r], { transA, transB, alpha: new Float(alpha) });
    return [
      () => (ta ? gemm(w, dy, tb, 1) : gemm(dy, w, 0, 1 - tb)),
      () => (tb ? gemm(dy, a, 1, ta) : gemm(a, dy, 1 - ta, 0)),
      () => b.sumTo(b.mul(dy, floatAttribute(node, "beta", 1)), c!),
    ];
  },
  MatMul: ({ b, x, dy }) => {
    const [a, w] = x as [Value, Value];
    // Vectors become matrices of one row or column for the length of the rule.
    const matrix = (v: Value, axis: number) => (b.shape(v).length === 1 ? b.op("Unsqueeze", [v, b.ints([axis])]) : v);
    const [rows, columns] = [matrix(a, 0), matrix(w, 1)];
    let d = dy;
    if (w !== columns) d = b.op("Unsqueeze", [d, b.ints([-1])]);
    if (a !== rows) d = b.op("Unsqueeze", [d, b.ints([-2])]);
    const back = (g: Value, whole: Value, v: Value) => b.reshape(b.sumTo(g, whole), b.shape(v), v);
    return [
      () => back(b.matMul(d, columns, { transB: 1 }), rows, a),
      () =>
        back(sharedWeight(b, rows, columns) ? flatProduct(b, rows, d) : b.matMul(rows, d, { transA: 1 }), columns, w),
    ];
  },
  // Each operand's gradient is the contraction of dy with the other operands.
  Einsum: ({ b, node, x, dy }) => {
    const { terms, output } = einsumTerms(
      node,
      x.map((xi) => b.shape(xi).length),
    );
    if ([output, ...terms].some((term) => new Set(term).size < term.length))
      throw new UnsupportedError(
        node,
        "an equation that repeats a label within one operand has no gradient; export it written out",
      );
    return x.map((xi, i) => () => {
      const others = x.filter((_, j) => j !== i);
      const theirs = terms.filter((_, j) => j !== i);
      const reachable = [output, ...theirs].join("");
      const kept = [...terms[i]!].filter((label) => reachable.includes(label)).join("");
      const [operands, labels] =
        output === ""
          ? [others, theirs]
          : [
              [dy, ...others],
              [output, ...theirs],
            ];
      const contracted =
        operands.length === 0 ? dy : b.op("Einsum", operands, { equation: `${labels.join()}->${kept}` });
      const gradient = output === "" && operands.length > 0 ? b.mul(contracted, dy) : contracted;
      // A label that no other operand has was summed over.
      const summed = [...terms[i]!].flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
      const whole = summed.length === 0 ? gradient : expandTo(b, b.op("Unsqueeze", [gradient, b.ints(summed)]), xi);
      const own = b.sumTo(whole, xi);
      // Of a label that all others have in size 1 each element got the same.
      return b.shape(own).every((d, axis) => d === b.shape(xi)[axis]) ? own : expandTo(b, own, xi);
    });
  },
};

/** The fused operators of ONNX Runtime (`com.microsoft`) that have a rule of their own. */
export const fused: GradientRules = {
  // Y = α·A'B', where a prime is an optional transpose of the last two axes.
  FusedMatMul: ({ b, node, x, dy }) => {
    const [ta, tb] = [intAttribute(node, "transA", 0), intAttribute(node, "transB", 0)];
    // The first axis may stand behind the batch axes, where a matrix's rows belong.
    const turns = (["transBatchA", "transBatchB"] as const).map((name, i) => {
      const order = b.shape(x[i]!).map((_, axis) => axis);
      return intAttribute(node, name, 0) ? batchFirst(order) : order;
    });
    const [a, w] = x.map((xi, i) => b.transpose(xi, turns[i]!)) as [Value, Value];
    const back = (g: Value, i: number) =>
      b.transpose(
        g,
        turns[i]!.map((_, axis) => turns[i]!.indexOf(axis)),
      );
    const scaled = b.mul(dy, floatAttribute(node, "alpha", 1));
    const left = () => (ta ? b.matMul(w, scaled, { transA: tb, transB: 1 }) : b.matMul(scaled, w, { transB: 1 - tb }));
    const right = () => (tb ? b.matMul(scaled, a, { transA: 1, transB: ta }) : b.matMul(a, scaled, { transA: 1 - ta }));
    return [() => back(b.sumTo(left(), a), 0), () => back(b.sumTo(right(), w), 1)];
  },
};

/** One weight matrix for all of a batch: its gradient is a single product over all rows, to which momentum can be added. */
function sharedWeight(b: GraphBuilder, a: Value, w: Value): boolean {
  return b.shape(w).length === 2 && b.shape(a).length >= 2;
}

/** Aᵀ·dY over the rows of all leading axes. */
export function flatProduct(b: GraphBuilder, a: Value, dy: Value): Value {
  const flat = (v: Value) => {
    const width = b.shape(v).at(-1)!;
    if (b.shape(v).length === 2) return v;
    if (typeof width === "number") return b.op("Reshape", [v, b.ints([-1, width])]);
    const target = b.op("Concat", [b.ints([-1]), b.op("Shape", [v], { start: -1 })], { axis: 0 });
    return b.op("Reshape", [v, target]);
  };
  return b.op("Gemm", [flat(a), flat(dy)], { transA: 1 });
}
