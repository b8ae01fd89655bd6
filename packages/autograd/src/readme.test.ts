import { readFileSync } from "node:fs";
import ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { run } from "../test/gradient-check.js";
import { modelFrom, node } from "../test/models.js";
import type { Model } from "./graph/model.js";
import { float32 } from "./graph/tensor.js";
import * as autograd from "./index.js";

const wave = (n: number, scale = 1) => Float32Array.from({ length: n }, (_, i) => scale * Math.sin(12.9898 * i + 1));

/** What stands in for the files that the code blocks read. */
const files: Record<string, Model> = {
  "resnet18.onnx": modelFrom({
    inputs: { image: ["batch", 3, 64, 64] },
    initializers: {
      k: float32(wave(8 * 27, 0.3), [8, 3, 3, 3]),
      bias: float32(wave(8, 0.1)),
      w: float32(wave(80, 0.5), [8, 10]),
    },
    nodes: [
      node("Conv", "image k bias", "c", { kernel_shape: [3, 3], strides: [4, 4] }),
      node("Relu", "c", "r"),
      node("GlobalAveragePool", "r", "p"),
      node("Flatten", "p", "f"),
      node("MatMul", "f w", "logits"),
    ],
    outputs: ["logits"],
  }),
  "whitening.onnx": modelFrom({
    inputs: { x: [2, 2] },
    initializers: { identity: float32([1, 0, 0, 1], [2, 2]) },
    nodes: [
      node("Inverse", "x", "y", {}, "com.microsoft"),
      node("Mul", "y identity", "d"),
      node("ReduceSum", "d", "trace", { keepdims: 0 }),
    ],
    outputs: ["trace"],
  }),
};

interface Results {
  pixels: Float32Array;
  saliency: ort.Tensor;
  losses: number[];
  whitened: Model;
  attack: Model;
}

/** Runs the code blocks of the README in order, as one program. */
async function runReadme(): Promise<Results> {
  const modules = {
    "node:fs": { readFileSync: (path: string) => autograd.writeModel(files[path]!) },
    "onnxruntime-node": ort,
    "@taskhead/autograd": autograd,
  };
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const code = [...text.matchAll(/^```ts\n(.*?)^```/gms)]
    .map((block) => block[1]!)
    .join("\n")
    .replaceAll(/(?<=[\])])!|: Record<string, ort.Tensor>/g, "") // what in them is not JavaScript
    .replaceAll(/^import (.*?) from "(.*?)";/gms, 'const $1 = modules["$2"];');
  const AsyncFunction = (async () => {}).constructor as new (
    ...source: string[]
  ) => (...values: unknown[]) => Promise<Results>;
  return new AsyncFunction("modules", `${code}\nreturn { pixels, saliency, losses, whitened, attack };`)(modules);
}

it("shows code that runs and does what it says", async () => {
  const { pixels, saliency, losses, whitened, attack } = await runReadme();
  const image = { image: { data: pixels, shape: [2, 3, 64, 64] } };

  expect(saliency.dims).toEqual([2, 3, 64, 64]);
  expect(Math.max(...(saliency.data as Float32Array))).toBeGreaterThan(0);
  expect(losses).toHaveLength(10);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));

  // ∂ trace(x⁻¹) / ∂x = −(x⁻²)ᵀ; here x⁻¹ = [[1, −2], [0, 1]].
  const results = await run(whitened, { x: { data: Float32Array.of(1, 2, 0, 1), shape: [2, 2] } });
  [-1, 0, 4, -1].forEach((g, i) => expect(results["gradient.x"]![i]).toBeCloseTo(g, 5));

  const score = async (values: Float32Array) => {
    const { logits } = await run(files["resnet18.onnx"]!, { image: { ...image.image, data: values } });
    return logits![3]! + logits![13]!;
  };
  expect(await score((await run(attack, image))["adversarial"]!)).toBeLessThan(await score(pixels));
});
