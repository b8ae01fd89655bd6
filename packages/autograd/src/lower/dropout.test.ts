import { expect, it } from "vitest";
import { run } from "../../test/gradient-check.js";
import { modelFrom, node } from "../../test/models.js";
import { appendGradients } from "../append-gradients.js";
import { lower } from "./build-on.js";
import { float32 } from "../graph/tensor.js";
import { crossEntropy } from "../training/losses/cross-entropy.js";
import { sgd } from "../training/optimizers.js";
import { trainingStep } from "../training/training-step.js";

const model = (ratio = 0.25) =>
  modelFrom({
    inputs: { x: ["batch", 2] },
    nodes: [node("Dropout", "x ratio", "y")],
    initializers: { ratio: float32([ratio], []) },
    outputs: ["y"],
  });
const x = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };

it("does nothing unless it is asked for, or where nothing is dropped", async () => {
  for (const { b, masks } of [lower(model()), lower(model(0), { dropout: true })]) {
    expect(masks).toEqual([]);
    expect([...(await run(b.model(), { x }))["y"]!]).toEqual([1, 2, 3, 4]);
  }
});

it("takes its mask as an input of the value's shape, and passes the gradient where it keeps", async () => {
  const { b, masks } = lower(model(), { dropout: true });
  expect(masks).toEqual([{ name: "dropout.node/y", shape: ["batch", 2], ratio: 0.25 }]);
  const loss = b.op("ReduceSum", ["y"], { keepdims: 0 });
  b.setOutputs({ y: "y", g: appendGradients(b, loss, ["x"]).get("x")! });
  const mask = { data: Float32Array.of(0, 4 / 3, 0, 4 / 3), shape: [2, 2] };
  const results = await run(b.model(), { x, "dropout.node/y": mask });
  expect([...results["y"]!].map((v) => Math.round(v * 3))).toEqual([0, 8, 0, 16]);
  expect(results["g"]).toEqual(mask.data);
});

it("has its masks in a training step of blocked channels too", () => {
  const network = modelFrom({
    inputs: { x: ["batch", 8, 4, 4] },
    initializers: { k: float32(new Float32Array(8 * 8), [8, 8, 1, 1]), ratio: float32([0.5], []) },
    nodes: [
      node("Conv", "x k", "c", { kernel_shape: [1, 1] }),
      node("Dropout", "c ratio", "d"),
      node("GlobalAveragePool", "d", "p"),
      node("Flatten", "p", "logits"),
    ],
    outputs: ["logits"],
  });
  const options = { loss: crossEntropy({ logits: "logits" }), optimizer: sgd(), trainable: ["k"], dropout: true };
  const step = trainingStep(network, { ...options, channelBlock: 8 });
  expect(step.masks).toEqual(trainingStep(network, options).masks);
  expect(step.masks).toEqual([{ name: "dropout.node/d", shape: ["batch", 8, 4, 4], ratio: 0.5 }]);
  expect(step.model.graph.inputs.map((input) => input.name)).toContain("dropout.node/d");
});
