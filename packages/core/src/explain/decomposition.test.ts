import { GraphBuilder, float32, writeModel } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { coloured, engine, objective } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { decomposeStep } from "./decomposition.js";
import { mlpHead } from "../heads/index.js";
import { normals, random } from "../data/random.js";
import { images } from "../images/modality.js";

const pixels = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 };

/** Smooth, so that a step has a first order: Conv 3→6, Tanh, Conv 6→5, Sigmoid, pooling. */
function smoothNetwork(): Uint8Array {
  const rng = random(0, "smooth");
  const b = new GraphBuilder("smooth");
  let x = b.input("image", "float32", ["n", 3, 8, 8]);
  for (const [name, from, to, activation] of [
    ["a", 3, 6, "Tanh"],
    ["b", 6, 5, "Sigmoid"],
  ] as const) {
    const weights = b.initializer(`${name}.weight`, float32(normals(to * from * 9, 0.3, rng), [to, from, 3, 3]));
    const bias = b.initializer(`${name}.bias`, float32(normals(to, 0.1, rng)));
    x = b.op(activation, [b.op("Conv", [x, weights, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })]);
  }
  const flat = b.op("Flatten", [b.op("GlobalAveragePool", [x])]);
  const fc = b.initializer("fc", float32(normals(20, 0.3, rng), [4, 5]));
  b.setOutputs({ scores: b.op("Gemm", [flat, fc], { transB: 1 }) });
  return writeModel(b.model());
}

const backbone = openBackbone(smoothNetwork(), { modality: images({ pixels }) });
const head = new Map([
  ["head.weight", normals(3 * 5, 2, random(1))],
  ["head.bias", new Float32Array(3)],
]);
const common = { engine, backbone, head, objective, batch: coloured(6, 1), watched: coloured(3, 2) };

test("kernel, direction and energy predict a step's displacement, with an error that falls linearly in the rate", async () => {
  const errors: number[] = [];
  for (const learningRate of [0.4, 0.2, 0.1]) {
    const { watched } = await decomposeStep({ ...common, learningRate });
    errors.push(watched.reduce((sum, n) => sum + n.error, 0) / watched.length);
  }
  expect(errors[2]).toBeLessThan(0.1);
  expect(errors[0]! / errors[1]!).toBeGreaterThan(1.6);
  expect(errors[0]! / errors[1]!).toBeLessThan(2.5);
  expect(errors[1]! / errors[2]!).toBeGreaterThan(1.6);
  expect(errors[1]! / errors[2]!).toBeLessThan(2.5);
});

test("the direction of a linear head is its W for every sample, and energies lie in 0..√2", async () => {
  const { batch, watched } = await decomposeStep({ ...common, learningRate: 0.1 });
  const norm = Math.hypot(...head.get("head.weight")!);
  for (const { direction, energy } of batch) {
    expect(direction).toBeCloseTo(norm, 4);
    expect(energy).toBeGreaterThan(0);
    expect(energy).toBeLessThanOrEqual(Math.SQRT2);
  }
  expect(watched.every((n) => n.kernels.length === 6 && n.kernels.every((k) => k > 0))).toBe(true);
});

test("a larger head has a direction per sample, and predicts as well", async () => {
  const architecture = mlpHead({ width: 8, depth: 1, activation: "tanh", dropout: 0 });
  const weights = architecture.initial(random(3), 5, 3, 0.25);
  const { batch, watched } = await decomposeStep({ ...common, architecture, head: weights, learningRate: 0.05 });
  expect(new Set(batch.map((b) => b.direction.toPrecision(4))).size).toBeGreaterThan(1);
  for (const { error } of watched) expect(error).toBeLessThan(0.1);
});

test("behind a head of zeros nothing moves, as predicted", async () => {
  const zeros = new Map([...head].map(([name, data]) => [name, new Float32Array(data.length)]));
  const { batch, watched } = await decomposeStep({ ...common, head: zeros, learningRate: 0.1 });
  expect(batch.every(({ direction }) => direction === 0)).toBe(true);
  for (const { predicted, measured, error } of watched) {
    expect([...predicted, ...measured].every((move) => move === 0)).toBe(true);
    expect(error).toBe(0);
  }
});

test("gradients too large to hold are refused", async () => {
  const many = { ...common.watched, count: 1e6 };
  await expect(decomposeStep({ ...common, watched: many, learningRate: 0.1 })).rejects.toThrow(/watch fewer samples/);
});
