import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { float32 } from "../graph/tensor.js";
import { binaryCrossEntropy } from "./losses/binary-cross-entropy.js";
import { crossEntropy } from "./losses/cross-entropy.js";
import { meanSquaredError } from "./losses/mean-squared-error.js";
import { adamw, sgd } from "./optimizers.js";
import { trainingStep, type TrainingStepOptions } from "./training-step.js";

const logits = "logits";
const model = modelFrom({
  inputs: { x: ["batch", 2] },
  initializers: { w: float32([1, 2, 3, 4], [2, 2]) },
  nodes: [node("MatMul", "x w", logits)],
  outputs: [logits],
});
const step = (options: Partial<TrainingStepOptions>) => () =>
  trainingStep(model, { loss: crossEntropy({ logits }), optimizer: sgd(), trainable: ["w"], ...options });

it.each<[string, Partial<TrainingStepOptions>, string]>([
  ["a norm that climbs", { clipNorm: -1 }, "clipped to the norm -1; it must be above 0"],
  ["a norm of nothing", { clipNorm: 0 }, "clipped to the norm 0"],
  ["a norm that is no number", { clipNorm: NaN }, "clipped to the norm NaN"],
  [
    "smoothed classes",
    { loss: crossEntropy({ logits, smoothing: -0.1 }) },
    "smoothing is -0.1; it must be from 0 to 1",
  ],
  ["smoothed squares", { loss: meanSquaredError({ logits, smoothing: 2 }) }, "smoothing is 2"],
  ["smoothed labels", { loss: binaryCrossEntropy({ logits, smoothing: NaN }) }, "smoothing is NaN"],
  ["weights of classes", { loss: crossEntropy({ logits, classWeights: [1, -2] }) }, "the weight of class 1 is -2"],
  ["weights of labels", { loss: binaryCrossEntropy({ logits, weights: [NaN, 1] }) }, "the weight of label 0 is NaN"],
  ["factors on rates", { rateMultiplier: () => -1 }, "the rate of 'w' is to be multiplied by -1; give a number of at"],
  ["onsets", { onset: () => 0.5 }, "'w' is to be trained from step 0.5; give a whole number from 1 on"],
  ["a weight twice", { trainable: ["w", "w"] }, "'w' is to be trained twice; name each weight once"],
])("%s: numbers that make no sense are refused before a graph is made", (_, options, message) => {
  expect(step(options)).toThrow(message);
});

it("those at the edge of what makes sense are not", () => {
  expect(
    step({ loss: crossEntropy({ logits, smoothing: 1, classWeights: [0, 1] }), rateMultiplier: () => 0 }),
  ).not.toThrow();
  expect(step({ clipNorm: Infinity, optimizer: sgd({ momentum: 0, weightDecay: 0 }) })).not.toThrow();
});

it("optimizers refuse theirs", () => {
  expect(() => sgd({ momentum: 1 })).toThrow("momentum wants a number of at least 0 and below 1, not 1");
  expect(() => sgd({ weightDecay: NaN })).toThrow("weightDecay wants a number of at least 0, not NaN");
  expect(() => adamw({ beta2: 1 })).toThrow("beta2 wants a number of at least 0 and below 1, not 1");
  expect(() => adamw({ epsilon: -1e-8 })).toThrow("epsilon wants a number of at least 0, not -1e-8");
});
