import { float32, GraphBuilder, type EngineName, type Model } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { stagedNetwork } from "../../test/networks.js";
import { classes, coloured, objective, pixels } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { createEngine, type OnnxRuntime } from "./create-engine.js";
import type { Device } from "./device.js";
import { DeviceState } from "./device-state.js";
import { HostState } from "./host-state.js";
import type { Engine } from "./engine.js";
import { linearHead } from "../heads/index.js";
import { random } from "../data/random.js";
import { targetTensor } from "../data/targets.js";
import { images } from "../images/modality.js";
import { createTrainer } from "../finetune/training-setup.js";

const cpu = createEngine(ort, { threads: 1 });

test("sessions are opened on the device that is named, which leaves to the processor what it fails at; else where the runtime likes", async () => {
  const asked: unknown[] = [];
  const InferenceSession = {
    create: (_model: Uint8Array, options: object) => {
      asked.push(options);
      return Promise.resolve({ inputNames: [], outputNames: [] });
    },
  } as unknown as OnnxRuntime["InferenceSession"];
  const engines = [{}, { device: "webgpu" as const }].map((o) => createEngine({ ...ort, InferenceSession }, o));
  for (const engine of engines) await engine.session(new Uint8Array(), { staying: ["next.w"] });
  await engines[1]!.session(backwardSlice(), { threads: 2, profile: "p" });
  expect(engines.map((engine) => engine.name)).toEqual(["cpu", "webgpu"]);
  expect(engines.map(({ device, processor }) => [device, processor.device])).toEqual([
    ["cpu", "cpu"],
    ["webgpu", "cpu"],
  ]);
  expect(asked).toEqual([
    { logSeverityLevel: 4, enableMemPattern: false },
    {
      logSeverityLevel: 4,
      executionProviders: ["webgpu"],
      preferredOutputLocation: { "next.w": "gpu-buffer" },
    },
    {
      logSeverityLevel: 4,
      executionProviders: [{ name: "webgpu", forceCpuNodeNames: ["backwards"] }],
      intraOpNumThreads: 2,
      enableProfiling: true,
      profileFilePrefix: "p",
      externalData: [],
    },
  ]);
});

test.each([0, -1, 1.5, NaN])("%s threads are refused", (threads) => {
  expect(() => createEngine(ort, { threads })).toThrow(/threads wants a whole number/);
});

test("state is written in place by onnxruntime-node on the processor alone: the others hand over their outputs", () => {
  const stateOn = (device: Device) => createEngine(ort, { device }).state([]).constructor;
  expect([stateOn("cpu"), stateOn("wasm"), stateOn("webgpu")]).toEqual([HostState, DeviceState, DeviceState]);
});

/** A model with a node that WebGPU gets wrong. */
function backwardSlice(): Model {
  const b = new GraphBuilder();
  const operands = [b.input("x", "float32", [6]), b.ints([3]), b.ints([-100]), b.ints([0]), b.ints([-1])];
  b.setOutputs({ y: b.op("Slice", operands, {}, { name: "backwards" }) });
  return b.model();
}

test("an output that has a place is there, and only there", async () => {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", ["n"]);
  b.setOutputs({ twice: b.add(x, x), squared: b.mul(x, x) });
  const session = await cpu.session(b.model());
  const n = 2 ** 15;
  const twice = cpu.tensor("float32", new Float32Array(n), [n]);
  const outputs = await session.run({ x: cpu.tensor("float32", new Float32Array(n).fill(3), [n]) }, { twice });
  expect(outputs["twice"]).toBe(twice);
  expect([twice.data[0], twice.data[n - 1], outputs["squared"]!.data[n - 1]]).toEqual([6, 6, 9]);
  await session.release();
});

test("a session keeps the weights that it was opened with, wherever the model's own go", async () => {
  const size = 64;
  const kept = new Float32Array(size * size).fill(0.5);
  const b = new GraphBuilder();
  const [w, table] = [b.initializer("w", float32(kept, [size, size])), b.initializer("t", float32(kept, [size, size]))];
  const x = b.input("x", "float32", [1, size]);
  b.setOutputs({ product: b.matMul(x, w), row: b.op("Gather", [table, b.ints([1])]) });
  const session = await cpu.session(b.model());
  kept.fill(0);
  const outputs = await session.run({ x: cpu.tensor("float32", new Float32Array(size).fill(1), [1, size]) });
  expect([outputs["product"]!.data[0], outputs["row"]!.data[0]]).toEqual([size / 2, 0.5]);
  await session.release();
});

test("training graphs are made for the engine: on WebGPU they do without MaxPool's indices, to the same step", async () => {
  const onCpu = await firstStep("cpu");
  const onWebgpu = await firstStep("webgpu");
  expect([onCpu.indices, onWebgpu.indices]).toEqual([2, 0]);
  for (const [name, weights] of onCpu.after)
    weights.forEach((w, i) => expect(w, name).toBeCloseTo(onWebgpu.after.get(name)![i]!, 5));
});

/** The weights after a step of the graph made for an engine, run by the CPU, and how many MaxPools there give indices. */
async function firstStep(name: EngineName) {
  let indices = 0;
  const engine: Engine = {
    ...cpu,
    name,
    channelBlock: () => Promise.resolve(undefined),
    doublePrecision: () => Promise.resolve(true),
    session: (model) => {
      const pools = (model as Model).graph.nodes.filter((node) => node.opType === "MaxPool");
      indices = pools.filter((node) => node.outputs[1]).length;
      return cpu.session(model);
    },
  };
  const backbone = openBackbone(stagedNetwork(), { modality: images({ pixels }) });
  const head = linearHead().initial(random(1), backbone.width, classes);
  const samples = coloured(6, 1);
  const { trainer, sets } = await createTrainer(backbone, { engine, objective }, { head, batch: 6, seed: 0 }, [
    samples,
  ]);
  const feeds = { ...(await sets[0]!.feeds([0, 1, 2, 3, 4, 5])), target: targetTensor(engine, samples.targets) };
  await trainer.step(feeds, 0.01);
  const after = await trainer.parameters();
  await trainer.release();
  return { indices, after };
}
