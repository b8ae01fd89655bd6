import { GraphBuilder, writeModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "./create-engine.js";
import { HostState } from "./host-state.js";
import type { Feeds, Session } from "./session.js";

const engine = createEngine(ort);
const state = () =>
  new HostState(engine, [
    { name: "w", shape: [2], initial: Float32Array.of(1, 2) },
    { name: "m.w", shape: [2] },
  ]);

/** A session that does with what it reads, and with the places for what it writes, whatever is asked. */
const session = (run: (feeds: Feeds, fetches: Feeds) => void): Session => ({
  inputNames: [],
  outputNames: [],
  run: (feeds, fetches) => {
    run(feeds, fetches!);
    return Promise.resolve({ ...fetches });
  },
  release: () => Promise.resolve(),
});

const write = (fetches: Feeds, name: string, values: readonly number[]): void =>
  (fetches[name]!.data as Float32Array).set(values);

test("what a step reads and what it writes never share memory, before and after swaps, but for what it may overwrite", async () => {
  const s = state();
  for (let step = 0; step < 3; step++)
    await s.step(
      session((feeds, fetches) => {
        const memory = [...Object.values(feeds), ...Object.values(fetches)].map((t) => (t.data as Float32Array).buffer);
        expect(new Set(memory).size).toBe(4);
      }),
      {},
    );
  const memoryOf = ({ data }: Feeds[string]) => (data as Float32Array).buffer;
  const overwriting = session((feeds, fetches) => {
    expect(memoryOf(fetches["next.m.w"]!)).toBe(memoryOf(feeds["m.w"]!));
    expect(memoryOf(fetches["next.w"]!)).not.toBe(memoryOf(feeds["w"]!));
  });
  for (let step = 0; step < 2; step++) await s.step({ ...overwriting, overwritable: new Set(["m.w"]) }, {});
  expect.assertions(7);
});

test("a step that fails leaves what is current, where it may overwrite nothing", async () => {
  const s = state();
  const failing = session((_, fetches) => {
    write(fetches, "next.w", [7, 8]);
    throw new Error("out of memory");
  });
  await expect(async () => s.step(failing, {})).rejects.toThrow("out of memory");
  expect([...(await s.read()).get("w")!]).toEqual([1, 2]);
});

test("what is lent is the state's own memory, which what is read is not", async () => {
  const s = state();
  const [lent, read] = [await s.lend(["w"]), await s.read(["w"])];
  await s.write(new Map([["w", Float32Array.of(3, 4)]]));
  expect([...lent.keys()]).toEqual(["w"]);
  expect([[...lent.get("w")!], [...read.get("w")!]]).toEqual([
    [3, 4],
    [1, 2],
  ]);
});

test("what a step wrote is current afterwards; what is read is a copy and can be written back", async () => {
  const s = state();
  const before = await s.read();
  await s.step(
    session((feeds, fetches) => {
      expect(Object.keys(feeds).toSorted()).toEqual(["m.w", "w", "x"]);
      write(fetches, "next.w", [7, 8]);
    }),
    { x: engine.tensor("float32", Float32Array.of(1), []) },
  );
  expect([...(await s.read()).get("w")!]).toEqual([7, 8]);
  expect([...before.get("w")!]).toEqual([1, 2]);
  await s.write(before);
  expect([...(await s.read()).get("w")!]).toEqual([1, 2]);
  (await s.read()).get("w")!.fill(9);
  expect([...(await s.read(["w"])).get("w")!]).toEqual([1, 2]);
  await expect(s.write(new Map([["v", new Float32Array(2)]]))).rejects.toThrow(/'v'/);
  await expect(s.write(new Map([["w", new Float32Array(3)]]))).rejects.toThrow(/2 elements/);
  await expect(s.read(["v"])).rejects.toThrow(/'v'/);
});

test("a runtime's step reads the current values and gives its other outputs back", async () => {
  const b = new GraphBuilder();
  const [w, m] = [b.input("w", "float32", [2]), b.input("m.w", "float32", [2])];
  const next = b.add(w, b.input("x", "float32", []));
  b.setOutputs({ "next.w": next, "next.m.w": b.add(m, w), sum: b.reduceSum(next, [0]) });
  const doubling = await engine.session(writeModel(b.model()));
  const s = state();
  const x = engine.tensor("float32", Float32Array.of(10), []);
  expect((await s.step(doubling, { x }))["sum"]!.data[0]).toBe(23);
  expect((await s.step(doubling, { x }))["sum"]!.data[0]).toBe(43);
  const now = await s.read();
  expect([[...now.get("w")!], [...now.get("m.w")!]]).toEqual([
    [21, 22],
    [12, 14],
  ]);
  await doubling.release();
});
