import fc from "fast-check";
import * as ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { GraphBuilder } from "../builder.js";
import type { Model } from "../graph/model.js";
import { writeModel } from "../io/write.js";
import { addRowsApart } from "./add-rows-apart.js";

/** Rows added to `data` at `places`, twice, as two layers do, and once to as many rows as `places` are, back again. */
function layers(): Model {
  const b = new GraphBuilder("layers");
  const data = b.input("data", "float32", ["nodes", 3]);
  const places = b.input("places", "int64", ["edges"]);
  const updates = b.input("updates", "float32", ["edges", 3]);
  const add = (to: string, rows: string): string =>
    b.op("ScatterND", [to, b.op("Unsqueeze", [places, b.ints([1])]), rows], { reduction: "add" });
  const once = add(data, updates);
  b.setOutputs({ y: add(b.mul(once, 0.5), b.mul(updates, updates)) });
  return b.model();
}

interface Case {
  readonly data: number[][];
  readonly places: number[];
  readonly updates: number[][];
}

const open = (model: Model, threads: number): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(writeModel(model), { intraOpNumThreads: threads });
/** The sums as they are, and apart. */
const plain = await open(layers(), 1);
const apart = await open(addRowsApart(layers())!, 2);

async function answer(session: ort.InferenceSession, { data, places, updates }: Case): Promise<number[]> {
  const { y } = await session.run({
    data: new ort.Tensor("float32", Float32Array.from(data.flat()), [data.length, 3]),
    places: new ort.Tensor("int64", BigInt64Array.from(places, BigInt), [places.length]),
    updates: new ort.Tensor("float32", Float32Array.from(updates.flat()), [updates.length, 3]),
  });
  return [...(y!.data as Float32Array)];
}

/** Of whole numbers, whose sums are exact in any order. */
const row = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -50, max: 50 })));
const cases = fc.integer({ min: 1, max: 9 }).chain((nodes) =>
  fc.record({
    data: fc.array(row, { minLength: nodes, maxLength: nodes }),
    edges: fc.array(fc.tuple(fc.integer({ min: -nodes, max: nodes - 1 }), row), { maxLength: 40 }),
  }),
);

it("adds what a ScatterND adds: to some rows, none, one alone, from the end", async () => {
  const { nodes } = addRowsApart(layers())!.graph;
  expect(nodes.filter(({ opType }) => opType === "ScatterND")).toEqual([]);
  // Both layers read one order of their places.
  expect(nodes.filter(({ opType }) => opType === "TopK")).toHaveLength(1);
  await fc.assert(
    fc.asyncProperty(cases, async ({ data, edges }) => {
      const given = { data, places: edges.map(([place]) => place), updates: edges.map(([, update]) => update) };
      expect(await answer(apart, given)).toEqual(await answer(plain, given));
    }),
    { numRuns: 40 },
  );
});

it("adds to one row of many without a table of that many columns", async () => {
  const rows = (count: number): number[][] => Array.from({ length: count }, (_, i) => [i % 7, 1, -(i % 3)]);
  const star = { data: rows(3000), places: rows(2500).map(() => 17), updates: rows(2500) };
  expect(await answer(apart, star)).toEqual(await answer(plain, star));
});

it("is undefined for places of more than one axis, other reductions", () => {
  const scatter = (axes: number, reduction: string): Model => {
    const b = new GraphBuilder("one");
    const data = b.input("data", "float32", ["n", 4]);
    const places = b.input("places", "int64", ["e", axes]);
    const updates = b.input("updates", "float32", axes === 1 ? ["e", 4] : ["e"]);
    b.setOutputs({ y: b.op("ScatterND", [data, places, updates], { reduction }) });
    return b.model();
  };
  expect(addRowsApart(scatter(1, "add"))).toBeDefined();
  expect(addRowsApart(scatter(2, "add"))).toBeUndefined();
  expect(addRowsApart(scatter(1, "mul"))).toBeUndefined();
});
