import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { fastestDevice, findDevices } from "./find-device.js";
import type { OnnxRuntime } from "./create-engine.js";

/** onnxruntime-node on a machine where one device is the processor under another name, and the others fail as they do. */
const fails: Readonly<Record<string, string>> = {
  webgpu: "WebGpuContext::Initialize … Failed to get a WebGPU adapter: No supported adapters",
  cuda: "OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library",
  dml: "no available backend found. ERR: [dml] backend not found.",
};
const runtime: OnnxRuntime = {
  ...ort,
  InferenceSession: {
    create: (model: Uint8Array, { executionProviders: [name] = ["cpu"] }: { executionProviders?: string[] }) => {
      const failure = fails[name!];
      if (failure !== undefined) return Promise.reject(new Error(failure));
      return ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
    },
  } as unknown as OnnxRuntime["InferenceSession"],
};

test("what computes is told from what does not, each with one line on what it lacks", async () => {
  const found = await findDevices(runtime);
  expect(found.map(({ device, lacks }) => [device, lacks === undefined])).toEqual([
    ["cpu", true],
    ["webgpu", false],
    ["cuda", false],
    ["coreml", true],
    ["dml", false],
  ]);
  const lacks = new Map(found.map((one) => [one.device, one.lacks]));
  expect(lacks.get("webgpu")).toMatch(/^no GPU is found; install its driver/);
  expect(lacks.get("cuda")).toMatch(/^the runtime's CUDA files or CUDA itself are missing; install CUDA/);
  expect(lacks.get("dml")).toBe("the runtime has none on this platform");
  // A processor never has it; of the others, what computes it wholly.
  expect(found.map(({ halfPrecision }) => halfPrecision)).toEqual([false, undefined, undefined, true, undefined]);
  expect(["cpu", "coreml"]).toContain(await fastestDevice(runtime, found));
});

test("a browser's processor is wasm", async () => {
  const found = await findDevices({ InferenceSession: runtime.InferenceSession, Tensor: ort.Tensor });
  expect(found[0]).toEqual({ device: "wasm", halfPrecision: false });
});
