import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../../test/models.js";
import { float32 } from "../../graph/tensor.js";
import { writeModel } from "../../io/write.js";
import { crossEntropy } from "./cross-entropy.js";
import { sgd } from "../optimizers.js";
import { trainingStep } from "../training-step.js";

const w0 = [0.3, -0.2, 0.5, 0.1, 0.4, -0.6];
const samples = [
  [1, 0.5],
  [-0.3, 2],
  [0.7, -1],
];
const labels = [2, 0, 0];
const model = modelFrom({
  inputs: { x: ["batch", 2] },
  initializers: { w: float32(w0, [2, 3]) },
  nodes: [node("MatMul", "x w", "logits")],
  outputs: ["logits"],
});

/** PyTorch's formula in float64: −Σ_n Σ_c w_c t_c log p_c / Σ_n w_{y_n}. */
function reference(w: readonly number[], weights: readonly number[], smoothing: number): number {
  let [sum, total] = [0, 0];
  samples.forEach((x, n) => {
    const logits = [0, 1, 2].map((c) => x[0]! * w[c]! + x[1]! * w[3 + c]!);
    const norm = Math.log(logits.reduce((s, q) => s + Math.exp(q), 0));
    logits.forEach((q, c) => {
      const target = (c === labels[n] ? 1 - smoothing : 0) + smoothing / 3;
      sum -= weights[c]! * target * (q - norm);
    });
    total += weights[labels[n]!]!;
  });
  return sum / total;
}

async function lossAndGradient(classWeights: readonly number[], smoothing: number) {
  const graph = trainingStep(model, {
    loss: crossEntropy({ logits: "logits", smoothing, classWeights }),
    optimizer: sgd({ momentum: 0 }),
    trainable: ["w"],
    gradients: true,
  });
  const session = await InferenceSession.create(writeModel(graph.model));
  const results = await session.run({
    x: new Tensor("float32", samples.flat(), [3, 2]),
    target: new Tensor("int64", labels.map(BigInt), [3]),
    w: new Tensor("float32", w0, [2, 3]),
    "optimizer.rate": new Tensor("float32", [0], []),
  });
  await session.release();
  return { loss: Number(results["loss"]!.data[0]), gradient: [...(results["gradient.w"]!.data as Float32Array)] };
}

it.each([0, 0.2])("weighs every sample by its class, label smoothing %d", async (smoothing) => {
  const weights = [0.5, 1.7, 3];
  const { loss, gradient } = await lossAndGradient(weights, smoothing);
  expect(loss).toBeCloseTo(reference(w0, weights, smoothing), 6);
  gradient.forEach((g, i) => {
    const shifted = (h: number) =>
      reference(
        w0.map((v, j) => (j === i ? v + h : v)),
        weights,
        smoothing,
      );
    expect(g).toBeCloseTo((shifted(1e-5) - shifted(-1e-5)) / 2e-5, 5);
  });
});

it("equal weights change nothing, whatever their size", async () => {
  const weighted = await lossAndGradient([4, 4, 4], 0.1);
  const plain = await lossAndGradient([1, 1, 1], 0.1);
  expect(weighted.loss).toBeCloseTo(plain.loss, 6);
  expect(weighted.loss).toBeCloseTo(reference(w0, [1, 1, 1], 0.1), 6);
});

it("refuses another number of weights than classes", async () => {
  await expect(lossAndGradient([1, 2], 0)).rejects.toThrow(/2 class weights were given for 3 classes/);
});
