import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { ownSamples } from "../backbone/modality.js";
import { random } from "../data/random.js";
import { arraySamples } from "../data/samples.js";
import { numberTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { rocAuc } from "../objectives/roc-auc.js";
import type { OutputScore } from "../objectives/objective.js";
import { explained } from "../objectives/regression.js";
import type { Settings } from "./settings/index.js";
import { memoryStore } from "./store/store.js";
import { tune } from "./tune.js";

const engine = createEngine(ort, { threads: 1 });

type RowOf = (label: number, noise: () => number) => number[];

/** Vectors with a row of numbers each, made from the class and noise. */
function numbered(count: number, seed: number, rowOf: RowOf) {
  const { x, labels } = vectors(count, seed);
  const rng = random(seed, "numbers");
  const rows = labels.map((label) => rowOf(label, () => rng.normal(1)));
  return { x, rows, samples: arraySamples(engine, { x: { data: x, shape: [6] } }, numberTargets(rows)) };
}

/** Tunes to such numbers, and runs the exported file on the validation samples: what it says, output by output. */
async function tuned(task: Settings["task"], outputs: readonly string[], rowOf: RowOf) {
  const [train, validation, test] = [numbered(120, 1, rowOf), numbered(60, 2, rowOf), numbered(30, 3, rowOf)];
  const setOf = ({ samples }: typeof train) => ({
    source: samples,
    summary: { path: null, count: samples.count, skipped: 0 },
  });
  const store = memoryStore();
  const results = await tune({
    engine,
    modality: ownSamples,
    backbone: { bytes: perceptron() },
    sets: { train: setOf(train), validation: setOf(validation), test: setOf(test) },
    outputs,
    store,
    settings: { task, taus: [0, 1, 8], epochs: 4, lr: 0.05 },
  });
  const session = await ort.InferenceSession.create((await store.read("model/onnx/model.onnx"))!);
  const { logits } = await session.run({ x: new ort.Tensor("float32", validation.x, [60, 6]) });
  const columns = outputs.map((_, j) => ({
    said: validation.rows.map((__, n) => logits!.data[n * outputs.length + j] as number),
    true: validation.rows.map((row) => row[j]!),
  }));
  return { results, columns };
}

type Tuned = Awaited<ReturnType<typeof tuned>>;

/** The table has its numbers, and the winner's are those of the exported file. */
function expectMeasured({ results, columns }: Tuned, measure: (said: number[], y: number[]) => OutputScore): void {
  const { probing, rows, best } = results;
  expect(probing.at(-1)!.energy).toBeLessThan(probing[0]!.energy!);
  expect(rows.map((row) => row.tau)).toEqual([0, 1, 8]);
  for (const row of rows) {
    const { energy, probeLoss, probeTrainScore, probeValidationScore, bestValidationScore, euclidean } = row;
    for (const number of [energy, probeLoss, probeTrainScore, probeValidationScore, bestValidationScore, euclidean])
      expect(number).toBeTypeOf("number");
    expect(row).toMatchObject({ diverged: false, hits: null });
    expect(row.contributions).toHaveLength(60);
    expect(row.contributions!.reduce((sum, c) => sum + c, 0) / 60).toBeCloseTo(row.bestValidationScore!, 9);
  }
  expect(best).toMatchObject({ classes: null, confusion: null, calibration: null, projectedClasses: null });
  expect(best!.testScore).toBeTypeOf("number");
  const scores = columns.map(({ said, true: y }) => measure(said, y));
  best!.outputs!.forEach(({ score, measured }, j) => {
    expect(score).toBeCloseTo(scores[j]!.value, 4);
    expect(measured).toBe(scores[j]!.measured);
  });
  const mean = scores.reduce((sum, { value }) => sum + value, 0) / scores.length;
  expect(best!.validationScore).toBeCloseTo(mean, 4);
}

test("outputs without names of their own are refused where they are given", async () => {
  const rowOf: RowOf = (label) => [label];
  await expect(tuned("regression", [], rowOf)).rejects.toThrow(/^outputs is an empty list; name each class/);
  await expect(tuned("regression", ["a", "b", "a"], rowOf)).rejects.toThrow(/^outputs names 'a' twice; give each/);
});

describe("a whole tuning", () => {
  test("to several labels, some of them not known", async () => {
    const found = await tuned("multi-label", ["is first", "not last"], (label, noise) => [
      Number(label === 0),
      noise() > 1 ? NaN : Number(label !== 2),
    ]);
    const { metric, data, best } = found.results;
    expect([metric.name, data.objective, data.outputs]).toEqual([
      "mean ROC-AUC",
      "multi-label",
      ["is first", "not last"],
    ]);
    expectMeasured(found, rocAuc);
    expect(best!.validationScore).toBeGreaterThan(0.65);
    expect(best!.outputs!.map(({ name, error }) => [name, error])).toEqual([
      ["is first", null],
      ["not last", null],
    ]);
  });

  test("to numbers, in the units that they came in", async () => {
    const found = await tuned("regression", ["degrees", "price"], (label, noise) => [
      70 + 9 * label + noise(),
      noise() > 1 ? NaN : 30000 - 5000 * label + 400 * noise(),
    ]);
    const { metric, data, best } = found.results;
    expect([metric.name, data.objective, data.outputs]).toEqual(["R²", "regression", ["degrees", "price"]]);
    expectMeasured(found, explained);
    expect(best!.validationScore).toBeGreaterThan(0.2);
    found.columns.forEach(({ said, true: y }, j) => {
      const { error, name } = best!.outputs![j]!;
      const root = explained(said, y).error!;
      expect([name, error! / root]).toEqual([data.outputs[j], expect.closeTo(1, 4)]);
    });
    const [degrees, prices] = found.columns.map(({ said }) => said.reduce((sum, q) => sum + q, 0) / said.length);
    expect(degrees).toBeGreaterThan(70);
    expect(degrees).toBeLessThan(90);
    expect(prices).toBeGreaterThan(20000);
    expect(prices).toBeLessThan(30000);
  });
});
