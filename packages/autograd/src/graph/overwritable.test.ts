import { expect, test } from "vitest";
import { GraphBuilder } from "../builder.js";
import { nameOutputs } from "../passes/name-outputs.js";
import { overwritable } from "./overwritable.js";

/** Which of `w` and `m` may be overwritten in a graph of these outputs. */
function may(outputs: (b: GraphBuilder, w: string, m: string) => Record<string, string>): string[] {
  const b = new GraphBuilder();
  const [w, m] = [b.input("w", "float32", [2, 2]), b.input("m", "float32", [2, 2])];
  b.setOutputs(outputs(b, w, m));
  const next = ["w", "m"].map((name) => [name, `next.${name}`] as const);
  return [...overwritable(nameOutputs(b.model()).graph, new Map(next))].toSorted();
}
const product = (b: GraphBuilder, w: string) => b.op("MatMul", [w, w]);
const sum = (b: GraphBuilder, value: string) => b.reduceSum(value, [0, 1]);

test("what all else that reads an input leads to may overwrite it, number by number", () => {
  // m' depends on the product of w, and w' on m'.
  expect(
    may((b, w, m) => {
      const next = b.add(b.mul(m, 0.9), b.mul(product(b, w), 2));
      return { "next.m": next, "next.w": b.sub(w, next) };
    }),
  ).toEqual(["m", "w"]);
});

test("a norm that every update depends on lets all be overwritten; without it a later product may still read", () => {
  // Backwards, w is read for the gradient of x, which m needs and w does not.
  const step = (clipped: boolean) => (b: GraphBuilder, w: string, m: string) => {
    const x = b.input("x", "float32", [2, 2]);
    const [ofW, ofM] = [b.op("MatMul", [x, x]), b.op("MatMul", [x, w])];
    const norm = clipped ? sum(b, b.add(ofW, ofM)) : b.scalar(2);
    return { "next.w": b.sub(w, b.mul(ofW, norm)), "next.m": b.sub(m, b.mul(ofM, norm)) };
  };
  expect(may(step(true))).toEqual(["m", "w"]);
  expect(may(step(false))).toEqual(["m"]);
});

test("what writes must read number by number, if it reads the input at all", () => {
  expect(may((b, w, m) => ({ "next.w": product(b, w), "next.m": b.add(m, m) }))).toEqual(["m"]);
  expect(may((b, w, m) => ({ "next.w": b.op("Transpose", [w]), "next.m": b.mul(m, b.scalar(2)) }))).toEqual(["m"]);
  expect(may((b, w, m) => ({ "next.w": b.add(b.op("Transpose", [w]), m), "next.m": b.sub(m, w) }))).toEqual([]);
});

test("a reader of a view, or of what the runtime may join with its reader, is a reader of the input", () => {
  for (const through of ["Identity", "Transpose"])
    expect(
      may((b, w, m) => {
        const seen = b.op(through, [w]);
        const other = b.op("MatMul", [seen, m]);
        // w' waits for what reads w, and not for the product.
        return { "next.w": b.sub(w, sum(b, seen)), "next.m": b.sub(m, other) };
      }),
      through,
    ).toEqual(["m"]);
});

test("an input that is given back, or replaced by one of another shape, stays", () => {
  expect(may((b, w, m) => ({ "next.w": b.add(w, w), before: w, "next.m": m }))).toEqual([]);
  expect(may((b, w, m) => ({ "next.w": sum(b, w), "next.m": b.add(m, b.input("y", "float32", [3, 2, 2])) }))).toEqual(
    [],
  );
});

test("a subgraph reads what it takes from around it", () => {
  expect(
    may((b, w, m) => {
      const branch = (value: string) => {
        const inner = new GraphBuilder("branch");
        inner.graph.outputs.push({ name: `${value}.out` });
        inner.graph.nodes.push({
          name: value,
          opType: "Neg",
          domain: "",
          inputs: [value],
          outputs: [`${value}.out`],
          attributes: {},
        });
        return inner.graph;
      };
      const chosen = b.op(
        "If",
        [b.input("either", "bool", [])],
        { then_branch: branch(w), else_branch: branch(m) },
        { shape: [2, 2] },
      );
      return { "next.w": b.sub(w, m), "next.m": b.sub(m, chosen) };
    }),
  ).toEqual([]);
});
