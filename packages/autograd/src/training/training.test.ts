import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { float32 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { crossEntropy } from "./losses/cross-entropy.js";
import { meanSquaredError } from "./losses/mean-squared-error.js";
import { adamw, sgd, type Optimizer } from "./optimizers.js";
import { trainingStep } from "./training-step.js";

const w0 = [0.3, -0.2, 0.5, 0.1, 0.4, -0.6];
const model = modelFrom({
  inputs: { x: ["batch", 2] },
  initializers: { w: float32(w0, [2, 3]) },
  nodes: [node("MatMul", "x w", "logits")],
  outputs: ["logits"],
});
const samples = [
  [1, 0.5],
  [-0.3, 2],
];
const labels = [2, 0];

/** Loss and gradient of the linear classifier, in plain arithmetic. */
function reference(w: readonly number[], smoothing = 0) {
  let loss = 0;
  const gradient = w.map(() => 0);
  samples.forEach((x, s) => {
    const logits = [0, 1, 2].map((c) => x[0]! * w[c]! + x[1]! * w[3 + c]!);
    const total = logits.reduce((sum, q) => sum + Math.exp(q), 0);
    logits.forEach((q, c) => {
      const target = (c === labels[s] ? 1 - smoothing : 0) + smoothing / 3;
      loss -= (target * (q - Math.log(total))) / samples.length;
      const slope = (Math.exp(q) / total - target) / samples.length;
      gradient[c]! += slope * x[0]!;
      gradient[3 + c]! += slope * x[1]!;
    });
  });
  return { loss, gradient };
}

async function train(
  optimizer: Optimizer,
  steps: number,
  rate: number,
  options: { smoothing?: number; rateMultiplier?: number } = {},
) {
  const loss = crossEntropy({ logits: "logits", smoothing: options.smoothing });
  const step = trainingStep(model, {
    loss,
    optimizer,
    trainable: ["w"],
    rateMultiplier: () => options.rateMultiplier ?? 1,
  });
  const session = await InferenceSession.create(writeModel(step.model));
  const feeds: Record<string, Tensor> = {
    x: new Tensor("float32", samples.flat(), [2, 2]),
    target: new Tensor("int64", labels.map(BigInt), [2]),
    w: new Tensor("float32", step.parameters[0]!.initial, [2, 3]),
  };
  for (const { name, shape } of step.state) feeds[name] = new Tensor("float32", new Float32Array(6), shape);
  const losses: number[] = [];
  for (let i = 1; i <= steps; i++) {
    for (const [name, value] of Object.entries(step.scalars(i, rate))) feeds[name] = new Tensor("float32", [value], []);
    const results = await session.run(feeds);
    losses.push((results["loss"]!.data as Float32Array)[0]!);
    for (const { name } of [...step.parameters, ...step.state]) feeds[name] = results[`next.${name}`] as Tensor;
  }
  return { losses, w: [...(feeds["w"]!.data as Float32Array)] };
}

const expectClose = (actual: readonly number[], expected: readonly number[]) =>
  expected.forEach((v, i) => expect(actual[i]).toBeCloseTo(v, 5));

describe("cross-entropy", () => {
  it.each([0, 0.1])("with label smoothing %d is the mean over samples of −Σ t·log softmax", async (smoothing) => {
    const { losses } = await train(sgd({ momentum: 0 }), 1, 0, { smoothing });
    expect(losses[0]).toBeCloseTo(reference(w0, smoothing).loss, 5);
  });
});

it("mean squared error is half the squared distance to the targets, and so is its gradient", async () => {
  const step = trainingStep(model, {
    loss: meanSquaredError({ logits: "logits", smoothing: 0.3 }),
    optimizer: sgd({ momentum: 0 }),
    trainable: ["w"],
    gradients: true,
  });
  const session = await InferenceSession.create(writeModel(step.model));
  const results = await session.run({
    x: new Tensor("float32", samples.flat(), [2, 2]),
    target: new Tensor("int64", labels.map(BigInt), [2]),
    w: new Tensor("float32", w0, [2, 3]),
    "optimizer.rate": new Tensor("float32", [0], []),
  });
  let loss = 0;
  const gradient = w0.map(() => 0);
  samples.forEach((x, s) =>
    [0, 1, 2].forEach((c) => {
      const residual = x[0]! * w0[c]! + x[1]! * w0[3 + c]! - (c === labels[s] ? 0.8 : 0.1);
      loss += residual ** 2 / 4;
      gradient[c]! += (residual * x[0]!) / 2;
      gradient[3 + c]! += (residual * x[1]!) / 2;
    }),
  );
  expectClose([results["loss"]!.data[0] as number], [loss]);
  expectClose([...(results["gradient.w"]!.data as Float32Array)], gradient);
});

it("steps SGD with momentum and weight decay as PyTorch does", async () => {
  const w = [...w0];
  const m = w.map(() => 0);
  for (let step = 0; step < 4; step++) {
    const { gradient } = reference(w);
    w.forEach((p, i) => (m[i] = 0.9 * m[i]! + gradient[i]! + 0.01 * p));
    m.forEach((v, i) => (w[i]! -= 0.1 * v));
  }
  expectClose((await train(sgd({ momentum: 0.9, weightDecay: 0.01 }), 4, 0.1)).w, w);
});

it("steps AdamW as PyTorch does", async () => {
  const w = [...w0];
  const [m, v] = [w.map(() => 0), w.map(() => 0)];
  for (let step = 1; step <= 4; step++) {
    const { gradient } = reference(w);
    gradient.forEach((g, i) => {
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const update = m[i]! / (1 - 0.9 ** step) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
      w[i] = w[i]! - 0.05 * 0.01 * w[i]! - 0.05 * update;
    });
  }
  expectClose((await train(adamw({ weightDecay: 0.01 }), 4, 0.05)).w, w);
});

it("scales a parameter's learning rate by its multiplier", async () => {
  const [halved, half] = [await train(sgd(), 3, 0.1, { rateMultiplier: 0.5 }), await train(sgd(), 3, 0.05)];
  expectClose(halved.w, half.w);
});

it("refuses to train what is no weight", () => {
  expect(() =>
    trainingStep(model, { loss: crossEntropy({ logits: "logits" }), optimizer: sgd(), trainable: ["v"] }),
  ).toThrow(/'v' is no float32 weight/);
});
