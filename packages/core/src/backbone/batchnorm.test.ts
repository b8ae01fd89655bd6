import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import { expect, test } from "vitest";
import { stagedNetwork } from "../../test/networks.js";
import { coloured, data, engine } from "../../test/tiny-task.js";
import { openBackbone } from "./backbone.js";
import { trainBatchNorms } from "./batchnorm.js";
import { finetune } from "../finetune/finetune.js";
import type { FinetuneResult, RunOptions } from "../finetune/options.js";
import { finetuneOrPause } from "../finetune/run.js";
import type { FinetuneCheckpoint } from "../finetune/checkpoint.js";
import { freezeUntil } from "./frozen.js";
import { linearHead, withHead } from "../heads/index.js";
import { normals, random } from "../data/random.js";
import { runSamples } from "../data/run-samples.js";
import { withSession } from "../engine/with-session.js";
import { withWeights } from "../engine/weights.js";
import { images } from "../images/modality.js";

const pixels = { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3], rescale: 1 / 255 };
const backbone = openBackbone(stagedNetwork(), { modality: images({ pixels }) });
const head = linearHead().initial(random(1), backbone.width, 3);
const samples = coloured(24, 1);

const options: RunOptions = {
  head,
  epochs: 1,
  batch: 24,
  learningRate: 0,
  optimizer: sgd({ momentum: 0 }),
  batchNorm: "train",
  seed: 1,
};

function train(given: Partial<RunOptions>, network = backbone): Promise<FinetuneResult> {
  return finetune(network, data(samples), { ...options, ...given, clipNorm: "none" });
}

test("a step moves the running statistics a tenth of the way to the batch's mean and unbiased variance", async () => {
  const { last } = await train({});
  // The first BatchNorm's input does not depend on any other: its moments are counted here.
  const model = { ...backbone.model, graph: { ...backbone.model.graph, outputs: [{ name: firstNorm().inputs[0]! }] } };
  const outputs = await withSession(engine, model, (s) => runSamples(s, samples));
  const x = Object.values(outputs)[0]!;
  const [, , , mean, variance] = firstNorm().inputs as [string, string, string, string, string];
  const initial = (name: string) => backbone.model.graph.initializers.get(name)!.data as Float32Array;
  for (let c = 0; c < 4; c++) {
    const channel = x.filter((_, i) => Math.floor(i / 64) % 4 === c);
    const m = channel.reduce((a, b) => a + b) / channel.length;
    const v = channel.reduce((sum, value) => sum + (value - m) ** 2, 0) / (channel.length - 1);
    expect(last.get(mean)![c]).toBeCloseTo(0.9 * initial(mean)[c]! + 0.1 * m, 5);
    expect(last.get(variance)![c]).toBeCloseTo(0.9 * initial(variance)[c]! + 0.1 * v, 5);
  }
});

function firstNorm() {
  return backbone.model.graph.nodes.find((n) => n.opType === "BatchNormalization")!;
}

test("at rate 0 the features shift by the statistics alone, and not at all where they are frozen", async () => {
  const shifted = await train({ batch: 8 });
  expect(shifted.adaptation.validation.euclidean).toBeGreaterThan(0.01);
  for (const name of backbone.parameters)
    expect(shifted.last.get(name)).toEqual(backbone.model.graph.initializers.get(name)!.data);
  const still = await train({ batch: 8, batchNorm: "frozen" });
  expect(still.adaptation.validation.euclidean).toBeLessThan(1e-5);
  expect([...still.last.keys()].some((name) => name.endsWith(".mean"))).toBe(false);
});

test("a frozen part keeps its statistics", async () => {
  const { last } = await train({ learningRate: 0.1 }, freezeUntil(backbone, 1));
  expect([...last.keys()].filter((name) => name.endsWith(".mean"))).toEqual(["2a.bn.mean", "2b.bn.mean", "3.bn.mean"]);
});

test("gradients go through the batch's statistics: they agree with differences of the loss", async () => {
  // A head large enough that the loss's differences stand clear of rounding.
  const large = new Map([...head, ["head.weight", normals(3 * backbone.width, 1, random(2))]]);
  const headed = withHead(backbone, linearHead(), 3, large);
  const trainable = ["1a.weight", "2b.bn.scale"];
  const lossAt = async (name: string, i: number, by: number, gradients = false) => {
    const data = (headed.graph.initializers.get(name)!.data as Float32Array).slice();
    data[i]! += by;
    const { model, carried } = trainBatchNorms(withWeights(headed, new Map([[name, data]])), trainable);
    const step = trainingStep(model, {
      loss: crossEntropy({ logits: "logits" }),
      optimizer: sgd({ momentum: 0 }),
      trainable,
      carried,
      gradients,
    });
    const feeds = await samples.feeds([0, 1, 2, 3, 4, 5, 6, 7]);
    const target = engine.tensor("int64", BigInt64Array.from([0, 1, 2, 0, 1, 2, 0, 1], BigInt), [8]);
    const fed = step.parameters.map((p) => [p.name, engine.tensor("float32", p.initial, p.shape)] as const);
    const rate = engine.tensor("float32", Float32Array.of(0), []);
    return withSession(engine, step.model, (s) =>
      s.run({ ...feeds, target, ...Object.fromEntries(fed), "optimizer.rate": rate }),
    );
  };
  for (const name of trainable) {
    const gradient = (await lossAt(name, 0, 0, true))[`gradient.${name}`]!.data as Float32Array;
    const steepest = gradient.reduce((best, g, i) => (Math.abs(g) > Math.abs(gradient[best]!) ? i : best), 0);
    const [up, down] = [await lossAt(name, steepest, 0.002), await lossAt(name, steepest, -0.002)];
    const difference = (Number(up["loss"]!.data[0]) - Number(down["loss"]!.data[0])) / 0.004;
    expect(difference / gradient[steepest]!, name).toBeCloseTo(1, 1);
  }
});

test("a trained run learns, and resumes to the same result", async () => {
  const given = { batch: 8, epochs: 4, learningRate: 0.1 };
  const whole = await train(given);
  expect(whole.epochs[3]!.loss).toBeLessThan(whole.epochs[0]!.loss);
  let checkpoint: FinetuneCheckpoint | undefined;
  const paused = await finetuneOrPause(backbone, data(samples), {
    ...options,
    ...given,
    saveEvery: 1,
    onCheckpoint: (one) => void (checkpoint = one),
    shouldPause: (steps) => steps === 5,
  });
  expect(paused).toBeNull();
  expect(checkpoint!.json.step).toBe(5);
  expect(await train({ ...given, checkpoint })).toEqual(whole);
});
