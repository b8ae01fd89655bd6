import * as ort from "onnxruntime-node";
import { adamw, sgd } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { perceptron, vectors } from "../test/perceptron.js";
import { openBackbone } from "./backbone/backbone.js";
import { arraySamples, type Samples } from "./data/samples.js";
import { classTargets, numberTargets, unitTargets, type Targets } from "./data/targets.js";
import { createEngine } from "./engine/create-engine.js";
import { finetune } from "./finetune/finetune.js";
import { denseHead, linearHead, mlpHead } from "./heads/index.js";
import { classification } from "./objectives/classification.js";
import { multiLabel } from "./objectives/multi-label.js";
import type { Objective } from "./objectives/objective.js";
import { regression } from "./objectives/regression.js";
import type { Data } from "./probe/data.js";
import { probe, type ProbeOptions } from "./probe/probe.js";

/** What a program without types may give. */
const untyped = (value: unknown): never => value as never;

test.each<[string, () => unknown]>([
  ["classification has no option 'metrik'", () => classification(2, untyped({ metrik: "roc-auc" }))],
  ["regression has no option 'hubr'", () => regression(1, untyped({ hubr: 1 }))],
  ["scale wants what scaleOf gives, not 3", () => regression(1, untyped({ scale: 3 }))],
  ["createEngine has no option 'thread'", () => createEngine(ort, untyped({ thread: 1 }))],
  ["threads wants a whole number of at least 1, not 0", () => createEngine(ort, { threads: 0 })],
  ["openBackbone has no option 'feature'", () => openBackbone(perceptron(), untyped({ feature: "z" }))],
  ["pooling wants mean, cls,", () => openBackbone(perceptron(), { pooling: untyped({ name: "cls" }) })],
  ["mlpHead has no option 'dropOut'", () => mlpHead(untyped({ width: 4, dropOut: 0.1 }))],
  ["width wants a whole number of at least 1, not undefined", () => mlpHead(untyped({}))],
  ["mlpHead wants its options in an object", () => mlpHead(untyped(undefined))],
  ["activation wants relu, gelu or tanh, not 'sigmoid'", () => mlpHead({ width: 4, activation: untyped("sigmoid") })],
  ["start wants { kind:", () => linearHead({ start: untyped({ kind: "zero" }) })],
  ["map wants the map of a backbone", () => denseHead(untyped({}))],
  ["sgd has no option 'momemtum'", () => sgd(untyped({ momemtum: 0.5 }))],
  ["adamw has no option 'beta'", () => adamw(untyped({ beta: 0.5 }))],
])("%s: refused, not passed over", (message, make) => {
  expect(make).toThrow(message);
});

const engine = createEngine(ort, { threads: 1 });
const backbone = openBackbone(perceptron());
const { x, labels } = vectors(24, 1);
const samplesOf = (targets: Targets): Samples => arraySamples(engine, { x: { data: x, shape: [6] } }, targets);
const classes = samplesOf(classTargets(labels));
const numbers = samplesOf(numberTargets(labels.map((label) => [label])));

function probed(objective: Objective, samples: Samples, options: ProbeOptions = {}): Promise<unknown> {
  const data: Data = { engine, objective, train: samples, validation: samples };
  return probe(backbone, data, { epochs: 1, ...options });
}

test.each<[string, () => Promise<unknown>]>([
  ["loss mse is for classes, and this is regression", () => probed(regression(1), numbers, { loss: "mse" })],
  ["smoothing is for classes and labels", () => probed(regression(1), numbers, { smoothing: 0.1 })],
  [
    "none of the training targets is known or counts",
    () => probed(multiLabel(1), samplesOf(numberTargets(labels.map(() => [NaN])))),
  ],
  [
    "a sample has several of them; give one (classTargets), or learn tags (tokenClassification)",
    () => probed(classification(3), samplesOf(unitTargets(labels.map((label) => [label, 0])))),
  ],
  [
    "batches gives 16 indices of the 24 that it was given; give each of them once",
    () => probed(classification(3), { ...classes, batches: (order, size) => [order.slice(0, size).slice(0, 16)] }),
  ],
  [
    "classWeights are for classes and labels, and this is regression",
    async () => {
      const data: Data = { engine, objective: regression(1), train: numbers, validation: numbers };
      const { head } = (await probe(backbone, data, { epochs: 1 })).at(1);
      return finetune(backbone, data, { head, epochs: 1, learningRate: 0.01, classWeights: [2] });
    },
  ],
])("%s", async (message, run) => {
  await expect(run()).rejects.toThrow(message);
});
