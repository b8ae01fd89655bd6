import { loadModel, writeModel } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { backbone, coloured, engine } from "../../test/tiny-task.js";
import { random } from "../data/random.js";
import { runSamples } from "../data/run-samples.js";
import { withTargets, type Samples } from "../data/samples.js";
import { numberTargets, type Targets } from "../data/targets.js";
import { withSession } from "../engine/with-session.js";
import { exportModel } from "../finetune/export.js";
import { finetune } from "../finetune/finetune.js";
import { linearHead } from "../heads/index.js";
import type { Data } from "../probe/data.js";
import { probe } from "../probe/probe.js";
import { multiLabel } from "./multi-label.js";
import { rocAuc } from "./roc-auc.js";
import type { Objective } from "./objective.js";
import { explained, regression, scaleOf, standardised } from "./regression.js";

/** Targets made from the class of a coloured image, and noise. */
const targetsOf = (samples: Samples, seed: number, row: (label: number, noise: () => number) => number[]): Targets => {
  const rng = random(seed, "noise");
  return numberTargets(Array.from(samples.targets.data, (label) => row(label, () => rng.normal(1))));
};

/** Probes, fine-tunes from the middle of three heads, and runs the exported file on the validation samples. */
async function learned(objective: Objective, train: Samples, validation: Samples) {
  const data: Data = { engine, objective, train, validation };
  const architecture = linearHead({ start: { kind: "zeros" } });
  const probing = await probe(backbone, data, { architecture, epochs: 16, batch: 20 });
  const [first, middle, last] = probing.spread(3);
  expect([first!.tau, last!.tau]).toEqual([0, 16]);
  expect(last!.loss).toBeLessThan(first!.loss);
  expect(middle!.energy).toBeLessThan(first!.energy);
  expect(middle!.energy).toBeGreaterThan(last!.energy);
  const run = await finetune(backbone, data, { head: middle!.head, epochs: 8, batch: 20, learningRate: 0.02 });
  expect(run.epochs.at(-1)!.loss).toBeLessThan(run.epochs[0]!.loss);
  expect(run.adaptation.train.euclidean).toBeGreaterThan(1e-3);
  expect(run.bestHits).toBeNull();
  const { validationScore } = run.epochs[run.bestEpoch - 1]!;
  expect(run.bestContributions!.reduce((sum, c) => sum + c, 0) / validation.count).toBeCloseTo(validationScore, 9);
  const model = loadModel(writeModel(exportModel(backbone, linearHead(), objective, run.best)));
  const { logits } = await withSession(engine, model, (s) => runSamples(s, validation));
  return { first: first!, validationScore, logits: logits! };
}

const column = (values: ArrayLike<number>, of: number, j: number): number[] =>
  Array.from(values).filter((_, i) => i % of === j);

describe("regression on images", () => {
  /** A temperature in Fahrenheit and a price, which the colour decides, some of them not known. */
  const numbers = (samples: Samples, seed: number): Targets =>
    targetsOf(samples, seed, (label, noise) => [
      70 + 9 * label + noise(),
      seed === 1 && noise() > 1 ? NaN : 30000 - 5000 * label + 400 * noise(),
    ]);
  const [images, others] = [coloured(120, 1), coloured(60, 2)];
  const [own, held] = [numbers(images, 1), numbers(others, 2)];
  const scale = scaleOf(own);
  const [train, validation] = [
    withTargets(images, standardised(own, scale)),
    withTargets(others, standardised(held, scale)),
  ];

  test.each([undefined, 1])("gives numbers in the user's unit, with Huber's threshold %s", async (huber) => {
    expect([...own.data].some(Number.isNaN)).toBe(true);
    const objective = regression(2, { scale, ...(huber === undefined ? {} : { huber }) });
    const { validationScore, logits } = await learned(objective, train, validation);
    const scores = [0, 1].map((j) => explained(column(logits, 2, j), column(held.data, 2, j)));
    expect((scores[0]!.value + scores[1]!.value) / 2).toBeCloseTo(validationScore, 4);
    expect(validationScore).toBeGreaterThan(0.5);
    expect(scores[0]!.error).toBeLessThan(9);
    expect(scores[1]!.error).toBeLessThan(5000);
  });
});

describe("several labels on images", () => {
  /** Whether it is of the first colour, whether not of the last: some not measured. */
  const labels = (samples: Samples, seed: number): Targets =>
    targetsOf(samples, seed, (label, noise) => [Number(label === 0), noise() > 1 ? NaN : Number(label !== 2)]);
  const [images, others] = [coloured(120, 1), coloured(60, 2)];
  const [train, validation] = [withTargets(images, labels(images, 1)), withTargets(others, labels(others, 2))];

  test("gives logits that rank them", async () => {
    const objective = multiLabel(2);
    const { first, validationScore, logits } = await learned(objective, train, validation);
    expect([...train.targets.data].some(Number.isNaN)).toBe(true);
    // Of a head of zeros.
    expect(first.loss).toBeCloseTo(Math.LN2, 6);
    const scores = [0, 1].map((l) => rocAuc(column(logits, 2, l), column(validation.targets.data, 2, l)).value);
    expect((scores[0]! + scores[1]!) / 2).toBeCloseTo(validationScore, 6);
    expect(validationScore).toBeGreaterThan(0.85);
  });
});
