import { describe, expect, test } from "vitest";
import { random } from "../data/random.js";
import { classTargets, unitTargets, type Targets } from "../data/targets.js";
import { classification } from "../objectives/classification.js";
import { metered } from "../objectives/meter.js";
import { multiLabel } from "../objectives/multi-label.js";
import type { Objective } from "../objectives/objective.js";
import { regression } from "../objectives/regression.js";
import { segmentation } from "../objectives/segmentation.js";
import { tokenClassification } from "../objectives/token-classification.js";
import { errorOf } from "./intervals.js";

/** The standard error that is told with a score, against drawing the samples again. */

const samples = 300;
const rng = random(7, "score errors");
const noisy = (signal: number): number => signal + rng.normal(1);
const many = <T>(length: number, of: (i: number) => T): T[] => Array.from({ length }, (_, i) => of(i));

/** Logits that favour the class of every unit, [units, k]. */
const favouring = (labels: ArrayLike<number>, k: number): number[] =>
  Array.from(labels).flatMap((label) => many(k, (c) => noisy(c === label ? 1.5 : 0)));

const two = many(samples, () => Number(rng.uniform() < 0.3));
const known = many(samples * 3, () => (rng.uniform() < 0.2 ? NaN : Number(rng.uniform() < 0.4)));
const numbers = many(samples * 2, () => rng.normal(1));
const tags = ["O", "B-PER", "I-PER", "B-LOC"];
const words = many(samples, () => many(rng.integer(1, 9), () => rng.integer(0, 3)));
const maps = many(samples * 16, (i) => (i % 7 === 0 ? -1 : rng.integer(0, 2)));

const cases: readonly [string, Objective, readonly number[], Targets][] = [
  ["ROC-AUC", classification(2, { metric: "roc-auc" }), favouring(two, 2), classTargets(two)],
  [
    "mean ROC-AUC, labels with gaps",
    multiLabel(3),
    known.map((y) => noisy(y === 1 ? 1 : 0)),
    { data: Float32Array.from(known), shape: [3] },
  ],
  ["R²", regression(2), numbers.map((y) => noisy(y) * 0.5), { data: Float32Array.from(numbers), shape: [2] }],
  ["entity F1", tokenClassification(tags), favouring(words.flat(), tags.length), unitTargets(words)],
  ["word accuracy", tokenClassification(["A", "B", "C", "D"]), favouring(words.flat(), 4), unitTargets(words)],
  [
    "mIoU",
    segmentation(3),
    many(samples, (n) => n).flatMap((n) =>
      many(3, (c) => many(16, (i) => noisy(maps[n * 16 + i] === c ? 1.5 : 0))).flat(),
    ),
    { data: Int32Array.from(maps), shape: [4, 4] },
  ],
];

/** The standard deviation of the score over sets that are drawn from this one, with replacement. */
function bootstrapped(scoreOf: (chosen: number[]) => number): number {
  const drawn = many(500, () => scoreOf(many(samples, () => rng.integer(0, samples - 1))));
  const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
  return Math.sqrt(drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (drawn.length - 1));
}

describe.each(cases)("%s", (_, objective, logits, targets) => {
  const meter = metered(objective, { logits }, targets);
  const { metric } = objective;

  test("has the standard error that the bootstrap finds", () => {
    const error = errorOf(meter.score(), { metric, samples })!;
    const ratio = error / bootstrapped((chosen) => meter.scoreOf(chosen).value);
    expect(Math.abs(Math.log(ratio))).toBeLessThan(0.12);
  });

  test("is found alike on some of the samples, with what each of them adds", () => {
    const all = many(samples, (n) => n);
    expect(meter.scoreOf(all)).toEqual(meter.score());
    const half = all.slice(0, samples / 2);
    const found = meter.scoreOf(half);
    expect(found.contributions).toHaveLength(half.length);
    const ratio = errorOf(found, { metric, samples: half.length })! / errorOf(meter.score(), { metric, samples })!;
    expect(Math.abs(Math.log(ratio / Math.SQRT2))).toBeLessThan(0.35);
  });
});

test("of ROC-AUC it is DeLong's", () => {
  const [, objective, logits, targets] = cases[0]!;
  const margin = (n: number): number => logits[2 * n + 1]! - logits[2 * n]!;
  const places = [1, 0].map((own) => two.flatMap((y, n) => (y === own ? [margin(n)] : [])));
  const [positive, negative] = places as [number[], number[]];
  const wins = (a: number, b: number): number => (a > b ? 1 : 0);
  const share = (values: number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
  const ofPositives = positive.map((a) => share(negative.map((b) => wins(a, b))));
  const ofNegatives = negative.map((b) => share(positive.map((a) => wins(a, b))));
  const auc = share(ofPositives);
  const part = (values: number[]): number =>
    values.reduce((sum, one) => sum + (one - auc) ** 2, 0) / (values.length - 1) / values.length;
  const score = metered(objective, { logits }, targets).score();
  expect(score.value).toBeCloseTo(auc, 12);
  // The variances here divide by the samples of a class less one, there by all samples less one.
  const ratio =
    errorOf(score, { metric: objective.metric, samples })! / Math.sqrt(part(ofPositives) + part(ofNegatives));
  expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
});

test("is not known of one sample, of none that has a score, or where all add the same", () => {
  const objective = classification(2, { metric: "roc-auc" });
  const error = (labels: number[], logits: number[]): number | null =>
    errorOf(objective.score({ logits }, classTargets(labels)), { metric: objective.metric, samples: labels.length });
  expect(error([1, 1, 1], [0, 1, 1, 0, 0, 2])).toBeNull();
  expect(error([0, 1, 1], [1, 0, 0, 1, 0, 1])).toBeNull();
  expect(error([1], [0, 1])).toBeNull();
  expect(error([0, 1, 0, 1], [1, 0, 0, 1, 0, 2, 3, 0])).toBeGreaterThan(0);
  // Agresti and Caffo's, which stays above zero.
  const accuracy = classification(2);
  const perfect = accuracy.score({ logits: [1, 0, 0, 1] }, classTargets([0, 1]));
  expect(errorOf(perfect, { metric: accuracy.metric, samples: 2 })).toBeGreaterThan(0.1);
});
