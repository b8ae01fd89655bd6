import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "../engine/create-engine.js";
import { requirePrecision } from "./require-precision.js";

test("float16 is refused where the device has none, in one line with a remedy", async () => {
  const engine = createEngine(ort, { threads: 1 });
  await requirePrecision(engine, { precision: "fp32" });
  await requirePrecision({ device: "webgpu", halfPrecision: async () => true }, { precision: "fp16" });
  await expect(requirePrecision(engine, { precision: "fp16" })).rejects.toThrow(
    "precision fp16 wants products in float16, and cpu has none here; leave it out, or compute on a GPU that has them",
  );
});
