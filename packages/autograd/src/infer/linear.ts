import { UnsupportedError } from "../graph/errors.js";
import { intAttribute, stringAttribute, type Node } from "../graph/model.js";
import type { Dim, Shape } from "../graph/tensor.js";
import { broadcastDims } from "../graph/dims.js";
import { broadcastShapes } from "./broadcast.js";
import { all, input, type InferRule, type InferRules } from "./context.js";

const gemm: InferRule = (c) => {
  const [a, b] = [input(c, 0), input(c, 1)];
  const m = a.shape[intAttribute(c.node, "transA", 0) ? 1 : 0]!;
  const n = b.shape[intAttribute(c.node, "transB", 0) ? 0 : 1]!;
  return [{ dtype: a.dtype, shape: [m, n] }];
};

const matMul: InferRule = (c) => {
  const dtype = input(c, 0).dtype;
  let a = input(c, 0).shape;
  let b = input(c, 1).shape;
  if (intAttribute(c.node, "transBatchA", 0)) a = batchFirst(a);
  if (intAttribute(c.node, "transBatchB", 0)) b = batchFirst(b);
  if (intAttribute(c.node, "transA", 0)) a = swapLast(a);
  if (intAttribute(c.node, "transB", 0)) b = swapLast(b);
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = left.length > 2 || right.length > 2 ? broadcastShapes(left.slice(0, -2), right.slice(0, -2)) : [];
  const rows = a.length === 1 ? [] : [left[left.length - 2]!];
  const columns = b.length === 1 ? [] : [right[right.length - 1]!];
  return [{ dtype, shape: [...batch, ...rows, ...columns] }];
};

/** The first of a FusedMatMul operand's axes moved behind its batch axes, by `transBatchA` or `transBatchB`. */
export function batchFirst<T>(axes: readonly T[]): T[] {
  return [...axes.slice(1, -1), axes[0]!, axes.at(-1)!];
}

function swapLast(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape[shape.length - 1]!, shape[shape.length - 2]!];
}

/** The shape of an Einsum's output, from its equation. */
const einsum: InferRule = (c) => {
  const { terms, output } = einsumTerms(
    c.node,
    c.types.map((_, i) => input(c, i).shape.length),
  );
  const sizes = new Map<string, Dim>();
  terms.forEach((term, i) =>
    [...term].forEach((label, axis) => {
      const size = input(c, i).shape[axis]!;
      const other = sizes.get(label) ?? 1;
      const together = broadcastDims(other, size);
      if (together === undefined)
        throw new UnsupportedError(
          c.node,
          `sizes ${other} and ${size} of its label '${label}' do not fit each other; export the model again`,
        );
      sizes.set(label, together);
    }),
  );
  return [{ dtype: input(c, 0).dtype, shape: [...output].map((label) => sizes.get(label)!) }];
};

/** An Einsum equation's terms, `ij,jk->ik` as `["ij", "jk"]` and `"ik"`; an ellipsis becomes labels of its own. */
export function einsumTerms(node: Node, ranks: readonly number[]): { terms: string[]; output: string } {
  const [left, right] = stringAttribute(node, "equation", "").replaceAll(" ", "").split("->");
  const given = left!.split(",");
  if (given.length !== ranks.length)
    throw new UnsupportedError(
      node,
      `its equation names ${given.length} operands, it has ${ranks.length}; export the model again`,
    );
  const free = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((label) => !left!.includes(label));
  const hidden = given.map((term, i) => (term.includes("...") ? ranks[i]! - (term.length - 3) : 0));
  const most = Math.max(...hidden);
  const terms = given.map((term, i) => term.replace("...", free.slice(most - hidden[i]!, most).join("")));
  const misfit = terms.findIndex((term, i) => term.length !== ranks[i]);
  if (misfit >= 0)
    throw new UnsupportedError(
      node,
      `its equation's '${given[misfit]}' is not of the ${ranks[misfit]} axes of its operand; export the model again`,
    );
  const labels = [...given.join("").replaceAll("...", "")];
  const once = [...new Set(labels)].sort().filter((l) => labels.indexOf(l) === labels.lastIndexOf(l));
  const shared = free.slice(0, most).join("");
  return { terms, output: right === undefined ? shared + once.join("") : right.replace("...", shared) };
}

export const linearShapes: InferRules = {
  ...all(matMul, "MatMul FusedMatMul"),
  Einsum: einsum,
  Gemm: gemm,
};
