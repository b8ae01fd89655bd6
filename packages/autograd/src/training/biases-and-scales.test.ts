import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { float32 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { biasesAndScales } from "./biases-and-scales.js";
import { crossEntropy } from "./losses/cross-entropy.js";
import { adamw, sgd, type Optimizer } from "./optimizers.js";
import { trainingStep } from "./training-step.js";

const ramp = (shape: number[]) =>
  float32(
    Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => 0.1 + i / 50),
    shape,
  );

/** Names that say nothing: what a parameter is follows from where it enters. */
const model = modelFrom({
  inputs: { x: ["batch", 2, 4, 4] },
  initializers: {
    kernel: ramp([3, 2, 1, 1]),
    a: ramp([3]),
    gamma: ramp([3]),
    beta: ramp([3]),
    mean: ramp([3]),
    variance: ramp([3]),
    slope: ramp([3, 1, 1]),
    dense: ramp([3, 3]),
    d: ramp([3]),
    position: ramp([1, 3]),
    direction: ramp([3, 3]),
    length: ramp([1, 3]),
    classifier: ramp([3, 3]),
    e: ramp([3]),
  },
  nodes: [
    node("Conv", "x kernel a", "conv", { kernel_shape: [1, 1] }),
    node("BatchNormalization", "conv gamma beta mean variance", "normal"),
    node("PRelu", "normal slope", "active"),
    node("GlobalAveragePool", "active", "pooled"),
    node("Flatten", "pooled", "flat"),
    node("MatMul", "flat dense", "product"),
    node("Add", "d product", "shifted"),
    node("Add", "shifted position", "placed"),
    // Weight normalisation: parameters meet parameters before they meet activations.
    node("Mul", "direction length", "weight"),
    node("MatMul", "placed weight", "features"),
    node("Gemm", "features classifier e", "logits"),
  ],
  outputs: ["logits"],
});
const statistics = ["mean", "variance"];
const parameters = [...model.graph.initializers.keys()].filter((name) => !statistics.includes(name));
const exempt = ["a", "gamma", "beta", "slope", "d", "position", "e"];

it("finds biases, normalisations' parameters, slopes and position embeddings, and nothing else", () => {
  expect([...biasesAndScales(model, parameters)]).toEqual(exempt);
});

it("a parameter that is also used as a weight is a weight", () => {
  const tied = modelFrom({
    inputs: { x: ["batch", 3] },
    initializers: { both: ramp([3]), w: ramp([3, 3]) },
    nodes: [node("Gemm", "x w both", "y"), node("MatMul", "y both", "z")],
    outputs: ["z"],
  });
  expect([...biasesAndScales(tied, ["both", "w"])]).toEqual([]);
});

/** All parameters after one step. */
async function stepped(optimizer: Optimizer): Promise<Map<string, Float32Array>> {
  const spared = biasesAndScales(model, parameters);
  const step = trainingStep(model, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer,
    trainable: parameters,
    decays: (name) => !spared.has(name),
  });
  const session = await InferenceSession.create(writeModel(step.model));
  const feeds: Record<string, Tensor> = {
    x: new Tensor(
      "float32",
      Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)),
      [2, 2, 4, 4],
    ),
    target: new Tensor("int64", [1n, 2n], [2]),
  };
  for (const { name, shape, initial } of step.parameters) feeds[name] = new Tensor("float32", initial, shape);
  for (const { name, shape } of step.state)
    feeds[name] = new Tensor("float32", new Float32Array(shape.reduce((a, d) => a * d, 1)), shape);
  for (const [name, value] of Object.entries(step.scalars(1, 0.5))) feeds[name] = new Tensor("float32", [value], []);
  const results = await session.run(feeds);
  await session.release();
  return new Map(parameters.map((name) => [name, results[`next.${name}`]!.data as Float32Array]));
}

it.each([
  ["sgd", sgd({ weightDecay: 0.1 }), sgd({ weightDecay: 0 })],
  ["adamw", adamw({ weightDecay: 0.1 }), adamw({ weightDecay: 0 })],
])("weight decay of %s takes rate · λ · p off the weights, and leaves biases and scales alone", async (_, on, off) => {
  const [decayed, plain] = [await stepped(on), await stepped(off)];
  for (const name of parameters)
    (model.graph.initializers.get(name)!.data as Float32Array).forEach((p, i) => {
      const taken = plain.get(name)![i]! - decayed.get(name)![i]!;
      if (exempt.includes(name)) expect(taken, name).toBe(0);
      else expect(taken, name).toBeCloseTo(0.5 * 0.1 * p, 5);
    });
});
