import { GraphBuilder, type Model } from "@taskhead/autograd";
import type { Tensor } from "onnxruntime-common";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine, type OnnxRuntime } from "./create-engine.js";

/**
 * A runtime whose WebGPU is the processor: outputs that are to stay are done when they are read, by another run, as on a
 * device whose work goes on behind `run`. Their data cannot be read.
 */
function fakeWebGpu() {
  const happened: string[] = [];
  const letGo: string[] = [];
  const real = new Map<unknown, Tensor>();
  const InferenceSession = {
    async create(model: Uint8Array, { preferredOutputLocation: where }: { preferredOutputLocation?: unknown }) {
      const session = await ort.InferenceSession.create(model);
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        async run(feeds: Record<string, Tensor>) {
          const reads = Object.values(feeds).some((tensor) => real.has(tensor));
          happened.push(reads && where === undefined ? "fetched" : "handed over");
          const own = Object.entries(feeds).map(([name, tensor]) => [name, real.get(tensor) ?? tensor]);
          const outputs = Object.entries(await session.run(Object.fromEntries(own)));
          if (where === undefined) return Object.fromEntries(outputs);
          return Object.fromEntries(
            outputs.map(([name, tensor]) => {
              const held = { dims: tensor.dims, location: "gpu-buffer", dispose: () => void letGo.push(name) };
              real.set(held, tensor);
              return [name, held];
            }),
          );
        },
        release: () => session.release(),
      };
    },
  } as unknown as OnnxRuntime["InferenceSession"];
  const engine = createEngine({ ...ort, InferenceSession }, { device: "webgpu" });
  return { engine, happened, letGo };
}

/** next.a = a + x; sum = Σ x, of any number of rows. */
function adding(): Model {
  const b = new GraphBuilder();
  const [a, x] = [b.input("a", "float32", [2]), b.input("x", "float32", ["n", 2])];
  b.setOutputs({ "next.a": b.add(a, b.reduceSum(x, [0])), all: b.reduceSum(x, [0, 1]), rows: b.mul(x, 2) });
  return b.model();
}

test("a device works while the next batch is made: outputs are fetched afterwards, and let go there", async () => {
  const { engine, happened, letGo } = fakeWebGpu();
  const session = await engine.session(adding(), { staying: ["next.a"], overlapping: true });
  const state = engine.state([{ name: "a", shape: [2] }]);
  const step = (rows: number) =>
    state.step(session, { x: engine.tensor("float32", new Float32Array(2 * rows).fill(1), [rows, 2]) }, () => {
      happened.push("next is made");
    });
  const first = await step(3);
  // The last batch of an epoch is smaller.
  const second = await step(1);
  expect(happened).toEqual([...Array(2).keys()].flatMap(() => ["handed over", "next is made", "fetched"]));
  expect([first, second].map(({ all, rows }) => [all!.data, all!.dims, rows!.data, rows!.dims])).toEqual([
    [Float32Array.of(6), [], new Float32Array(6).fill(2), [3, 2]],
    [Float32Array.of(2), [], new Float32Array(2).fill(2), [1, 2]],
  ]);
  expect(letGo.toSorted()).toEqual(["all", "all", "next.a", "rows", "rows"]);
  expect((await state.read()).get("a")).toEqual(Float32Array.of(4, 4));
  state.release();
  await session.release();
});

test("on the processor what a disk is asked for is asked before the run, which keeps this thread", async () => {
  const cpu = createEngine(ort, { threads: 1 });
  const session = await cpu.session(adding(), { overlapping: true });
  const happened: string[] = [];
  const tensor = (dims: number[]) => cpu.tensor("float32", new Float32Array(2).fill(1), dims);
  const running = session.run({ a: tensor([2]), x: tensor([1, 2]) }, undefined, () => happened.push("asked"));
  expect(happened).toEqual(["asked"]);
  expect([...((await running)["next.a"]!.data as Float32Array)]).toEqual([2, 2]);
  await session.release();
});
