import { expect, test } from "vitest";
import { evidenceOf } from "./evidence.js";

/** Results of classes that the validation samples have so many of each. */
const resultsOf = (supports: readonly number[], metric = { name: "accuracy", percent: true, chance: 1 / 3 }) => ({
  metric,
  backbone: {},
  data: { outputs: ["a", "b", "c"], validation: { count: 100 }, test: null },
  options: { epochs: 4 },
  best: { classes: supports.map((support) => ({ support })) },
  featureNorm: 5,
  probing: [],
  rows: [],
});

test("what was asked is what is not as it is settled for the method; of folds, the taus that were compared", () => {
  const options = {
    epochs: 10,
    probeEpochs: 1,
    taus: "0",
    starts: 1,
    patience: 3,
    folds: 5,
    from: null,
    energyBy: null,
  };
  const rows = [{ taus: [0, 0] }, { taus: [4, "converged"] }];
  const found = evidenceOf({ ...resultsOf([]), best: null, method: "ft", options, folds: { rows } });
  expect(found.asked.given.toSorted()).toEqual(["folds", "method", "patience"]);
  expect([found.asked.method, found.asked.probeEpochs, found.compared]).toEqual(["ft", 1, [0]]);
  const penalty = { epochs: 10, spAlpha: 0.1, spBeta: 0.5, energy: "0.5", energyBy: "temperature" };
  const held = evidenceOf({ ...resultsOf([]), best: null, method: "l2-sp", options: penalty });
  expect(held.asked.given.toSorted()).toEqual(["energy", "method", "spBeta"]);
});

test("what is usual for texts or masks was not asked for, nor what follows from an optimizer that was", () => {
  const settled = { schedule: "cosine", warmup: 0.05, weightDecay: 0.01, optimizer: "adamw", lr: "auto" };
  const texts = { ...settled, epochs: 4, batch: 32 };
  const of = (options: object, data: object) =>
    evidenceOf({
      ...resultsOf([]),
      data: { ...resultsOf([]).data, ...data },
      best: null,
      options,
    }).asked.given.toSorted();
  expect(of(texts, { sample: "text" })).toEqual([]);
  expect(of({ ...texts, epochs: 10, batch: 8 }, { sample: "text" })).toEqual(["batch", "epochs"]);
  expect(of(texts, { sample: "image" })).toEqual(["batch", "epochs", "optimizer"]);
  expect(of({ epochs: 10, lr: 0.1, schedule: "constant", warmup: 0 }, {})).toEqual(["lr"]);
  expect(of({ epochs: 10, task: "segmentation", batch: 8 }, { objective: "segmentation" })).toEqual([]);
});

test("guessing is always saying the commonest class, where there is one", () => {
  expect(evidenceOf(resultsOf([70, 20, 10])).metric.chance).toBe(0.7);
  expect(evidenceOf(resultsOf([30, 30, 30])).metric.chance).toBe(1 / 3);
  // Of probing alone, and of a score by ranks, nothing is known of it.
  expect(evidenceOf({ ...resultsOf([]), best: null }).metric.chance).toBe(1 / 3);
  const ranked = { name: "ROC-AUC", percent: false, chance: 0.5 };
  expect(evidenceOf(resultsOf([90, 10, 0], ranked)).metric).toEqual(ranked);
});
