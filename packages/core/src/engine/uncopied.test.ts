import { GraphBuilder } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test, vi } from "vitest";
import { createEngine } from "./create-engine.js";
import type { Engine } from "./engine.js";
import { RuntimeError } from "./errors.js";
import { detectEnd } from "./uncopied.js";

const engine = createEngine(ort);
const numbers = (...values: number[]) => engine.tensor("float32", Float32Array.from(values), [values.length]);

/** A step: w + Σx replaces w; beside it the sum and x doubled. */
function step(other?: (b: GraphBuilder, x: string) => string) {
  const b = new GraphBuilder();
  const [w, x] = [b.input("w", "float32", ["width"]), b.input("x", "float32", ["batch"])];
  const sum = b.reduceSum(x, [0]);
  const doubled = b.add(x, x);
  b.setOutputs({ sum, doubled, "next.w": b.add(w, sum), ...(other ? { other: other(b, x) } : {}) });
  return b.model();
}
const staying = ["next.w"];

test("outputs are where they were told to be, the others in tensors of the feeds' sizes, whatever they are", async () => {
  const session = await engine.session(step(), { staying });
  expect(session.outputNames).toEqual(["sum", "doubled", "next.w"]);
  for (const x of [numbers(1, 2, 3), numbers(4)]) {
    const next = numbers(0, 0);
    const outputs = await session.run({ w: numbers(10, 20), x }, { "next.w": next });
    const sum = [...(x.data as Float32Array)].reduce((a, b) => a + b);
    expect(Object.keys(outputs).toSorted()).toEqual(["doubled", "next.w", "sum"]);
    expect(outputs["next.w"]).toBe(next);
    expect([...(next.data as Float32Array)]).toEqual([10 + sum, 20 + sum]);
    expect(outputs["sum"]!.data[0]).toBe(sum);
    expect([...(outputs["doubled"]!.data as Float32Array)]).toEqual([...(x.data as Float32Array)].map((v) => 2 * v));
  }
  await session.release();
});

test("no run leaves a copy in memory", async () => {
  const n = 2 ** 22;
  const session = await engine.session(step(), { staying });
  const [w, next] = [n, n].map((size) => engine.tensor("float32", new Float32Array(size), [size]));
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 8; i++) await session.run({ w: w!, x: numbers(i) }, { "next.w": next! });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(n);
  expect([next!.data[0], next!.data[n - 1]]).toEqual([7, 7]);
  await session.release();
});

test("an output whose size the run alone tells is given back all the same", async () => {
  const first = (b: GraphBuilder, x: string) =>
    b.op("Slice", [x, b.ints([0]), b.input("count", "int64", [1]), b.ints([0])]);
  const session = await engine.session(step(first), { staying });
  const next = numbers(0);
  const count = engine.tensor("int64", BigInt64Array.of(2n), [1]);
  const outputs = await session.run({ w: numbers(1), x: numbers(1, 2, 3), count }, { "next.w": next });
  expect([...(outputs["other"]!.data as Float32Array)]).toEqual([1, 2]);
  expect([outputs["sum"]!.data[0], next.data[0]]).toEqual([6, 7]);
  await session.release();
});

test("what goes wrong in a run is told as ever", async () => {
  const session = await engine.session(step(), { staying });
  const wrong = engine.tensor("float32", new Float32Array(4), [2, 2]);
  await expect(session.run({ w: numbers(1), x: wrong }, { "next.w": numbers(0) })).rejects.toThrow(RuntimeError);
  await expect(session.run({ w: numbers(1), x: numbers(1) }, { "next.w": numbers(0, 0) })).rejects.toThrow(
    RuntimeError,
  );
  await session.release();
});

test("onnxruntime-node ends copying; a runtime that says nothing, or fails before it has computed, is taken at its word", async () => {
  expect(await detectEnd(engine)).toMatch(/./);
  const saying = (run: () => Promise<never> | Promise<object>): Engine => ({
    ...engine,
    session: () =>
      Promise.resolve({ inputNames: [], outputNames: [], run: vi.fn(run), release: () => Promise.resolve() } as never),
  });
  const refusing = { ...engine, session: () => Promise.reject(new RuntimeError(new Error("no SequenceEmpty"))) };
  expect(await detectEnd(refusing)).toBeUndefined();
  expect(await detectEnd(saying(() => Promise.resolve({})))).toBeUndefined();
  expect(
    await detectEnd(saying(() => Promise.reject(new RuntimeError(new Error("lists are unknown"))))),
  ).toBeUndefined();
});
