import { Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { roundingSession } from "../../test/rounded.js";
import { differentiate } from "../differentiate.js";
import type { Model } from "../graph/model.js";
import { float32 } from "../graph/tensor.js";
import { halfProducts } from "../passes/half-products.js";
import { crossEntropy } from "./losses/cross-entropy.js";
import { squaredError } from "./losses/squared-error.js";
import { adamw, sgd, type Optimizer } from "./optimizers.js";
import { trainingStep, type TrainingStep, type TrainingStepOptions } from "./training-step.js";

const wave = (shape: number[], size: number, phase = 0) =>
  float32(
    Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => size * Math.sin(7 * i + phase)),
    shape,
  );

/** A convolution, a normalisation, a product of matrices, a classifier. */
const model = modelFrom({
  inputs: { x: ["batch", 2, 6, 6] },
  initializers: {
    kernel: wave([4, 2, 3, 3], 0.4),
    k: wave([4], 0.1),
    gamma: float32([1, 1.1, 0.9, 1]),
    beta: wave([4], 0.1, 1),
    dense: wave([4, 8], 0.6, 2),
    classifier: wave([3, 8], 0.5, 3),
    c: float32([0, 0.1, -0.1]),
  },
  nodes: [
    node("Conv", "x kernel k", "conv", { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    node("Relu", "conv", "active"),
    node("GlobalAveragePool", "active", "pooled"),
    node("Flatten", "pooled", "flat"),
    node("LayerNormalization", "flat gamma beta", "normal"),
    node("MatMul", "normal dense", "hidden"),
    node("Tanh", "hidden", "bent"),
    node("Gemm", "bent classifier c", "logits", { transB: 1 }),
  ],
  outputs: ["logits"],
});
const parameters = [...model.graph.initializers.keys()];

const batch = 6;
const data = {
  x: new Tensor("float32", wave([batch, 2, 6, 6], 1.5, 4).data as Float32Array, [batch, 2, 6, 6]),
  target: new Tensor("int64", [0n, 1n, 2n, 0n, 1n, 2n], [batch]),
};

/** Two products of matrices, with weights and inputs so small that gradients are below float16's smallest number. */
const small = modelFrom({
  inputs: { x: ["batch", 2] },
  initializers: { w: float32([1e-3, 2e-3, -1e-3, 1e-3], [2, 2]), v: float32([1e-3, -1e-3], [2, 1]) },
  nodes: [node("MatMul", "x w", "hidden"), node("MatMul", "hidden v", "logits")],
  outputs: ["logits"],
});
const loss = squaredError({ logits: "logits" });
const few = {
  x: new Tensor("float32", [1e-2, -2e-2, 3e-2, 1e-2], [2, 2]),
  target: new Tensor("float32", [1e-3, -1e-3], [2, 1]),
};

type Values = Map<string, Float32Array>;

/** A step's graph, and what is kept between steps. */
async function opened(optimizer: Optimizer, options: Partial<TrainingStepOptions> = {}, of = model) {
  const step: TrainingStep = trainingStep(of, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer,
    trainable: [...of.graph.initializers.keys()],
    gradients: true,
    ...options,
  });
  const session = await roundingSession(step.model);
  const kept: Values = new Map(
    [...step.parameters, ...step.state].map(({ name, shape, initial = undefined }) => [
      name,
      (initial as Float32Array | undefined)?.slice() ?? new Float32Array(shape.reduce((a, d) => a * d, 1)),
    ]),
  );
  const shapes = new Map([...step.parameters, ...step.state].map(({ name, shape }) => [name, shape]));
  let steps = 0;
  /** What a step gives, and whether it keeps what that made of the state. */
  const run = async (feeds: Record<string, Tensor>, rate: number): Promise<Values> => {
    const fed = { ...feeds };
    for (const [name, value] of kept) fed[name] = new Tensor("float32", value, shapes.get(name)!);
    for (const [name, value] of Object.entries(step.scalars(++steps, rate)))
      fed[name] = new Tensor("float32", [value], []);
    const outputs = await session.run(fed);
    for (const name of kept.keys()) kept.set(name, outputs[`next.${name}`]!.data as Float32Array);
    return new Map(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]));
  };
  return { step, kept, run, release: () => session.release() };
}

/** ‖a − b‖ / ‖b‖ */
function apart(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((v, i) => v - b[i]!)) / Math.hypot(...b);
}

it("gradients are those of float32 within float16's rounding, and not the same", async () => {
  const [whole, half] = [await opened(sgd()), await opened(sgd(), { half: true })];
  const [exact, rounded] = [await whole.run(data, 0), await half.run(data, 0)];
  for (const name of parameters) {
    const off = apart(rounded.get(`gradient.${name}`)!, exact.get(`gradient.${name}`)!);
    expect(off, name).toBeLessThan(5e-3);
  }
  expect(apart(rounded.get("gradient.kernel")!, exact.get("gradient.kernel")!)).toBeGreaterThan(1e-6);
  expect(rounded.get("finite")).toEqual(Float32Array.of(1));
  await Promise.all([whole.release(), half.release()]);
});

it.each([
  ["sgd", sgd({ momentum: 0.9 }), 0.1],
  ["adamw", adamw(), 0.05],
] as const)(
  "a run with %s comes down as in float32, clipped too; parameters and state are float32",
  async (_, optimizer, rate) => {
    const [whole, half] = [
      await opened(optimizer, { clipNorm: 1 }),
      await opened(optimizer, { clipNorm: 1, half: true }),
    ];
    const losses: [number, number][] = [];
    for (let i = 0; i < 16; i++)
      losses.push([(await whole.run(data, rate)).get("loss")![0]!, (await half.run(data, rate)).get("loss")![0]!]);
    expect(losses.at(-1)![0]).toBeLessThan(0.85 * losses[0]![0]);
    for (const [a, b] of losses) expect(Math.abs(a - b)).toBeLessThan(0.005);
    // Updates smaller than float16 tells apart are kept.
    const dense = half.kept.get("dense")!;
    const before = dense.slice();
    await half.run(data, 1e-7);
    expect(half.kept.get("dense")).not.toEqual(before);
    await Promise.all([whole.release(), half.release()]);
  },
);

it("a step that overflows changes nothing but the scale, which is halved until gradients fit", async () => {
  const large = { ...few, target: new Tensor("float32", [1000, -1000], [2, 1]) };
  const half = await opened(sgd({ momentum: 0.9 }), { half: true, loss, clipNorm: 1 }, small);
  const start = new Map([...half.kept].map(([name, value]) => [name, value.slice()]));
  const finite: number[] = [];
  const scales: number[] = [];
  while (finite.at(-1) !== 1 && finite.length < 40) {
    for (const [name, value] of start) if (!name.startsWith("loss.")) expect(half.kept.get(name), name).toEqual(value);
    const outputs = await half.run(large, 0.1);
    expect(Number.isFinite(outputs.get("loss")![0])).toBe(true);
    finite.push(outputs.get("finite")![0]!);
    scales.push(half.kept.get("loss.scale")![0]!);
  }
  const skipped = finite.length - 1;
  expect(skipped).toBeGreaterThan(0);
  expect(finite).toEqual([...Array(skipped).fill(0), 1]);
  expect(scales).toEqual([...Array.from({ length: skipped }, (_, i) => 2 ** (15 - i)), 2 ** (16 - skipped)]);
  expect(half.kept.get("loss.scale.steps")).toEqual(Float32Array.of(1));
  expect(half.kept.get("w")).not.toEqual(start.get("w"));
  await half.release();
});

it("the scale is doubled after 2,000 steps without an overflow, up to 2^24", async () => {
  const half = await opened(sgd(), { half: true, loss }, small);
  const after = async (scale: number, steps: number) => {
    half.kept.set("loss.scale", Float32Array.of(scale)).set("loss.scale.steps", Float32Array.of(steps));
    await half.run(few, 0);
    return [half.kept.get("loss.scale")![0], half.kept.get("loss.scale.steps")![0]];
  };
  expect(await after(1024, 1998)).toEqual([1024, 1999]);
  expect(await after(1024, 1999)).toEqual([2048, 0]);
  expect(await after(2 ** 24, 1999)).toEqual([2 ** 24, 0]);
  await half.release();
});

it("gradients that float16 has no numbers for are there with the scale, and are not without", async () => {
  const gradientOf = async (graph: Model) => {
    const session = await roundingSession(graph);
    const outputs = await session.run(few);
    await session.release();
    return outputs["gradient.w"]!.data as Float32Array;
  };
  const plain = differentiate(small, { loss, wrt: ["w"] });
  const exact = await gradientOf(plain);
  expect(Math.max(...exact.map(Math.abs))).toBeLessThan(6e-8);
  expect([...(await gradientOf(halfProducts(plain, () => true)))].map(Math.abs)).toEqual([0, 0, 0, 0]);
  const half = await opened(sgd(), { half: true, loss }, small);
  expect(apart((await half.run(few, 0)).get("gradient.w")!, exact)).toBeLessThan(5e-3);
  await half.release();
});
