import { adamw, sgd } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { residualNetwork } from "../../test/networks.js";
import { perceptron } from "../../test/perceptron.js";
import { classes, coloured, data as task } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { bitFit } from "../backbone/bitfit.js";
import { normals, random } from "../data/random.js";
import type { Weights } from "../engine/weights.js";
import { images } from "../images/modality.js";
import { aroundStart } from "./around-start.js";
import { currentTensors, type FinetuneCheckpoint } from "./checkpoint.js";
import { finetune } from "./finetune.js";
import type { RunOptions } from "./options.js";
import { layerDepths } from "./layer-rates.js";
import { unfreezing } from "./unfreezing.js";

const pixels = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 };
const backbone = openBackbone(residualNetwork(), { modality: images({ pixels }) });
const data = task(coloured(12, 1), coloured(6, 2));
const options: RunOptions = {
  // Large enough that gradients stand clear of rounding.
  head: new Map([
    ["head.weight", normals(classes * backbone.width, 0.5, random(1))],
    ["head.bias", new Float32Array(classes)],
  ]),
  epochs: 3,
  batch: 6,
  learningRate: 0.1,
  seed: 1,
};
const pretrained: Weights = new Map(
  backbone.parameters.map((name) => [name, backbone.model.graph.initializers.get(name)!.data as Float32Array]),
);

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]!)) / (Math.hypot(...b) || 1);
}

test("BitFit trains what training with all other gradients at zero does: biases, and norms", async () => {
  const chosen = bitFit(backbone);
  expect(chosen.parameters.length).toBeGreaterThan(0);
  for (const name of backbone.parameters) {
    const { shape } = backbone.model.graph.initializers.get(name)!;
    expect(chosen.parameters.includes(name), name).toBe(shape.length === 1);
  }
  const own = await finetune(chosen, data, options);
  const trained = new Set([...chosen.parameters, "head.weight", "head.bias"]);
  expect(new Set(own.last.keys())).toEqual(trained);
  const all = await finetune(backbone, data, { ...options, rateMultiplier: (name) => Number(trained.has(name)) });
  for (const [name, values] of all.last) {
    const start = pretrained.get(name) ?? options.head.get(name)!;
    if (!trained.has(name)) expect(values, name).toEqual(start);
    else {
      expect(distance(values, own.last.get(name)!), name).toBeLessThan(1e-4);
      expect(distance(values, start), name).toBeGreaterThan(1e-3);
    }
  }
});

test("BitFit has nothing to train in a backbone without biases and norms", () => {
  expect(() => bitFit(openBackbone(perceptron()))).toThrow(/^the backbone has no biases.*use another method$/);
});

test.each([
  ["an epoch each", 10, undefined, [0, 1, 2]],
  ["all by the last epoch", 2, undefined, [0, 0, 1]],
  ["one epoch alone", 1, undefined, [0, 0, 0]],
  ["over more epochs", 10, 9, [0, 3, 6]],
])("gradual unfreezing goes down from the head: %s", (_, epochs, over, after) => {
  const onset = unfreezing(backbone, { stepsPerEpoch: 5, epochs, over });
  const { depths } = layerDepths(backbone);
  for (const [name, depth] of depths) expect(onset(name), name).toBe(5 * after[2 - depth]! + 1);
  expect(onset("head.weight")).toBe(1);
  // Blocks that started afresh are part of the head, and the next one below is the first.
  const fresh = [...depths].filter(([, depth]) => depth === 2).map(([name]) => name);
  const merged = unfreezing(backbone, { stepsPerEpoch: 5, epochs: 10, fresh });
  for (const [name, depth] of depths) expect(merged(name), name).toBe(depth === 0 ? 6 : 1);
});

test.each([
  ["sgd", sgd({ momentum: 0.9, weightDecay: 0.1 })],
  ["adamw", adamw({ weightDecay: 0.1 })],
])("blocks are bit for bit what they were until their epoch, and so after a stop: %s", async (_, optimizer) => {
  const gradual: RunOptions = {
    ...options,
    optimizer,
    learningRate: 0.01,
    clipNorm: 1,
    onset: unfreezing(backbone, { stepsPerEpoch: 2, epochs: 3 }),
  };
  const course: FinetuneCheckpoint[] = [];
  const run = await finetune(backbone, data, {
    ...gradual,
    saveEvery: 1,
    onCheckpoint: (one) => void course.push(one),
  });
  const { depths } = layerDepths(backbone);
  const ends = course.filter(({ json }) => json.progress.batch === 0);
  expect(ends).toHaveLength(3);
  ends.forEach((checkpoint, epoch) => {
    const now = currentTensors(checkpoint);
    for (const [name, depth] of depths) {
      const waits = 2 - depth > epoch;
      if (waits) expect(now.get(name), `${name} after epoch ${epoch + 1}`).toEqual(pretrained.get(name));
      else expect(now.get(name), `${name} after epoch ${epoch + 1}`).not.toEqual(pretrained.get(name));
      for (const state of optimizer.state)
        expect(now.get(`${state}.${name}`)!.every((value) => value === 0)).toBe(waits);
    }
  });
  // Within the epoch in which the second block begins.
  const checkpoint = course.find(({ json }) => json.step === 3)!;
  expect((await finetune(backbone, data, { ...gradual, checkpoint })).last).toEqual(run.last);
});

test("L2-SP holds pretrained weights where they were, and what is new near zero, the more the stronger", async () => {
  const fresh = options.head.keys();
  const penalty = aroundStart({ alpha: 0.1, beta: 0.01, fresh });
  expect([penalty("stem.weight"), penalty("head.bias")]).toEqual([
    { strength: 0.1, around: "start" },
    { strength: 0.01, around: "zero" },
  ]);
  const moved = async (alpha: number, beta: number) => {
    const { last } = await finetune(backbone, data, {
      ...options,
      penalty: aroundStart({ alpha, beta, fresh: options.head.keys() }),
    });
    return {
      backbone: Math.hypot(...backbone.parameters.map((name) => distance(last.get(name)!, pretrained.get(name)!))),
      head: Math.hypot(...last.get("head.weight")!),
    };
  };
  const [plain, near, small] = [await moved(0, 0), await moved(5, 0), await moved(0, 5)];
  expect(near.backbone).toBeLessThan(0.5 * plain.backbone);
  expect(small.head).toBeLessThan(0.5 * plain.head);
});
