import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { random } from "../data/random.js";
import { foldsOf } from "../data/split.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { doubtfulLabels } from "../measures/doubtful-labels.js";
import { classification } from "../objectives/classification.js";
import { residualLengths } from "../objectives/energy.js";
import { outOfFold } from "./out-of-fold.js";

const engine = createEngine(ort, { threads: 1 });
const objective = classification(3);

interface Reference {
  strength: number;
  seed: number;
  features: number[];
  classes: number[];
  folds: number[][];
  el2n: number[];
  doubtful: number[];
}

/** By scikit-learn; `made` in the file says how. */
const reference = JSON.parse(
  readFileSync(new URL("./out-of-fold.reference.json", import.meta.url), "utf8"),
) as Reference;

test("out-of-fold EL2N and doubtful labels are those of scikit-learn's heads", async () => {
  const targets = classTargets(reference.classes);
  const { seed, strength, folds } = reference;
  expect(foldsOf(targets, folds.length, seed)).toEqual(folds);
  const samples = { features: Float32Array.from(reference.features), targets };
  const options = { engine, objective, samples, validation: samples, folds: folds.length, seed, strength };
  const { logits, judged } = await outOfFold(options);
  expect(judged).toHaveLength(36);
  residualLengths(objective.residual({ logits }, targets), 3).forEach((el2n, n) =>
    expect(el2n).toBeCloseTo(reference.el2n[n]!, 4),
  );
  expect(doubtfulLabels({ logits, targets }, objective).map(({ index }) => index)).toEqual(reference.doubtful);
  expect(await outOfFold(options)).toMatchObject({ judged, logits });
});

test("of a class with one sample nothing is said, and copies are in one fold", async () => {
  const classes = [0, 0, 0, 1, 1, 1, 2, 0, 1];
  const targets = classTargets(classes);
  const samples = { features: Float32Array.from(classes, (c, n) => c + 0.1 * (n % 4)), targets };
  const keys = classes.map((_, n) => (n === 7 ? "0" : String(n)));
  const folds = foldsOf(targets, 3, 1, keys);
  expect(folds.flat().sort((a, b) => a - b)).toEqual(classes.map((_, n) => n));
  expect(folds.find((fold) => fold.includes(0))).toContain(7);
  const { judged } = await outOfFold({ engine, objective, samples, validation: samples, folds: 3, seed: 1, keys });
  expect(judged).toEqual([0, 1, 2, 3, 4, 5, 7, 8]);
});

/**
 * 300 samples of three normal distributions in the plane, 15 with the label of another. The bar is what knows the distributions
 * themselves: the EL2N of the posterior, which nothing learned can be expected to beat.
 */
test.each([0, 1, 2])(
  "labels that were planted wrong come first, about as by the true posterior (seed %i)",
  async (seed) => {
    const rng = random(seed, "planted");
    const [count, wrong, apart] = [300, 15, 3];
    const centre = (c: number): [number, number] => [
      apart * Math.cos((2 * Math.PI * c) / 3),
      apart * Math.sin((2 * Math.PI * c) / 3),
    ];
    const planted = new Set<number>();
    while (planted.size < wrong) planted.add(rng.integer(0, count - 1));
    const labels = Array.from({ length: count }, (_, n) => (planted.has(n) ? (n + rng.integer(1, 2)) % 3 : n % 3));
    const points = labels.map((_, n) => centre(n % 3).map((at) => at + rng.normal(1)) as [number, number]);
    const targets = classTargets(labels);
    const samples = { features: Float32Array.from(points.flat()), targets };
    const precision = (el2n: ArrayLike<number>): number => {
      const order = labels.map((_, n) => n).sort((a, b) => el2n[b]! - el2n[a]!);
      return order.slice(0, wrong).filter((n) => planted.has(n)).length / wrong;
    };
    // log p(c|x) up to a constant: −‖x − μ_c‖² / 2
    const posterior = Float32Array.from(
      points.flatMap(([x, y]) => [0, 1, 2].map((c) => -((x - centre(c)[0]) ** 2 + (y - centre(c)[1]) ** 2) / 2)),
    );
    const el2nOf = (logits: Float32Array) => residualLengths(objective.residual({ logits }, targets), 3);
    const bar = precision(el2nOf(posterior));
    const { logits, judged } = await outOfFold({ engine, objective, samples, validation: samples, folds: 5, seed });
    expect(judged).toHaveLength(count);
    expect(bar).toBeGreaterThan(0.8);
    expect(precision(el2nOf(logits))).toBeGreaterThanOrEqual(bar - 1 / wrong - 1e-9);
    // The list is narrower than the order: it leaves out those of which the heads are less sure than usual.
    const listed = doubtfulLabels({ logits, targets }, objective).map(({ index }) => index);
    const found = listed.filter((n) => planted.has(n)).length;
    expect(found / wrong).toBeGreaterThan(0.6);
    expect(found / listed.length).toBeGreaterThan(0.8);
  },
);

test("a group is in one fold: what a head knows of a patient says nothing of his other pictures", async () => {
  const rng = random(4, "patients");
  const [patients, each, width] = [60, 4, 60];
  // A patient's pictures are alike, and the patients' classes are as good as drawn: of one nothing is learned of another.
  const centres = Array.from({ length: patients }, () => Array.from({ length: width }, () => rng.normal(1)));
  const classes = centres.map((_, p) => p % 2);
  const patientOf = Array.from({ length: patients * each }, (_, n) => n % patients);
  const features = Float32Array.from(patientOf.flatMap((p) => centres[p]!.map((at) => at + rng.normal(0.05))));
  const targets = classTargets(patientOf.map((p) => classes[p]!));
  const samples = { features, targets };
  const options = { engine, objective: classification(2), samples, validation: samples, folds: 5, seed: 0 };
  const score = async (groups?: string[]): Promise<number> => {
    const { logits } = await outOfFold({ ...options, strength: 1e-3, ...(groups ? { groups } : {}) });
    return options.objective.score({ logits }, targets).value;
  };
  expect(await score()).toBeGreaterThan(0.95);
  expect(await score(patientOf.map(String))).toBeLessThan(0.65);
});
