import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { float32 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { crossEntropy } from "./losses/cross-entropy.js";
import { sgd } from "./optimizers.js";
import { trainingStep } from "./training-step.js";

const parameters = { w: float32([0.3, -0.2, 0.5, 0.1, 0.4, -0.6], [2, 3]), c: float32([0.2, -0.1, 0]) };
const model = modelFrom({
  inputs: { x: ["batch", 2] },
  initializers: parameters,
  nodes: [node("Gemm", "x w c", "logits")],
  outputs: ["logits"],
});

/** The gradients of one batch, and what a step of SGD at rate 1 takes away from each parameter. */
async function step(clipNorm?: number) {
  const graph = trainingStep(model, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: sgd({ momentum: 0 }),
    trainable: ["w", "c"],
    gradients: true,
    clipNorm,
  });
  const session = await InferenceSession.create(writeModel(graph.model));
  const results = await session.run({
    x: new Tensor("float32", [3, -2, 1, 4], [2, 2]),
    target: new Tensor("int64", [2n, 0n], [2]),
    w: new Tensor("float32", parameters.w.data, [2, 3]),
    c: new Tensor("float32", parameters.c.data, [3]),
    "optimizer.rate": new Tensor("float32", [1], []),
  });
  await session.release();
  const numbers = (name: string) => [...(results[name]!.data as Float32Array)];
  const taken = (["w", "c"] as const).flatMap((name) => {
    const next = numbers(`next.${name}`);
    return Array.from(parameters[name].data as Float32Array, (p, i) => p - next[i]!);
  });
  const told = clipNorm === undefined ? undefined : numbers("gradientNorm")[0]!;
  return { gradients: [...numbers("gradient.w"), ...numbers("gradient.c")], taken, told };
}

it("scales all gradients alike until their joint norm is the one asked for", async () => {
  const { gradients, taken, told } = await step(0.1);
  const norm = Math.hypot(...gradients);
  expect(norm).toBeGreaterThan(1);
  expect(told).toBeCloseTo(norm, 5);
  taken.forEach((v, i) => expect(v).toBeCloseTo((gradients[i]! * 0.1) / (norm + 1e-6), 6));
});

it("leaves gradients alone whose norm is smaller", async () => {
  const { gradients, taken, told } = await step(1000);
  expect(told).toBeCloseTo(Math.hypot(...gradients), 5);
  taken.forEach((v, i) => expect(v).toBeCloseTo(gradients[i]!, 6));
});
