import { expect, test } from "vitest";
import { createEngine, type OnnxRuntime } from "./create-engine.js";
import { RuntimeError } from "./errors.js";

test("what the runtime says of a model is one line, with a remedy", () => {
  const error = new RuntimeError(new Error("Node (Flatten_f) Op (Flatten)\n [ShapeInferenceError] Invalid value.\n"));
  expect(error.message).toBe(
    "the runtime refuses the model: Node (Flatten_f) Op (Flatten) [ShapeInferenceError] Invalid value; export the model again, or take another",
  );
  expect(new RuntimeError(new Error("x".repeat(1000))).message.length).toBeLessThan(420);
  const place = "/src/onnxruntime/core/graph/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, const Path&)";
  expect(new RuntimeError(new Error(`${place} Unsupported model IR version: 99`)).message).toBe(
    "the runtime refuses the model: Unsupported model IR version: 99; export the model again, or take another",
  );
});

test("of an operator that it lacks for the model's type, the remedy is another type", () =>
  expect(new RuntimeError(new Error("Could not find an implementation for Conv(11) node 'c'")).message).toMatch(
    /Conv\(11\) node 'c'; it computes few operators in float64 .* float32/,
  ));

test.each([
  "std::bad_alloc",
  "Failed to allocate memory for requested buffer of size 8",
  "Array buffer allocation failed",
])("%s is that memory is short", (said) =>
  expect(new RuntimeError(new Error(said)).message).toMatch(/^memory is short .* use a smaller option batch/),
);

test("an engine tells of what its runtime throws, in opening a model and in running it", async () => {
  const fails = async (): Promise<never> => Promise.reject(new Error("no"));
  const engineOf = (create: () => Promise<unknown>) =>
    createEngine({ InferenceSession: { create }, Tensor: class {} } as unknown as OnnxRuntime);
  await expect(engineOf(fails).session(new Uint8Array())).rejects.toThrow(RuntimeError);
  const session = await engineOf(async () => ({ inputNames: [], outputNames: [], run: fails })).session(
    new Uint8Array(),
  );
  await expect(session.run({})).rejects.toThrow(/the runtime refuses the model: no;/);
});
