import { describe, expect, test } from "vitest";
import { normals, random } from "../data/random.js";
import { upTo } from "../data/samples.js";
import type { Targets } from "../data/targets.js";
import { multiLabel } from "./multi-label.js";
import { rocAuc } from "./roc-auc.js";

const σ = (q: number): number => 1 / (1 + Math.exp(-q));

/** Scores on a grid, so that many are equal, and labels that go with them. */
function graded(count: number, seed: number, missing = 0): { scores: number[]; y: number[] } {
  const rng = random(seed, "graded");
  const y = upTo(count).map(() => (rng.uniform() < missing ? NaN : Number(rng.uniform() < 0.4)));
  return { y, scores: y.map((one) => Math.round(2 * (rng.normal(1) + (one || 0))) / 2) };
}

const placesOf = (y: readonly number[], label: number): number[] => upTo(y.length).filter((n) => y[n] === label);

/** 1, ½ or 0 for a pair: whether the positive lies above the negative. */
const order = (positive: number, negative: number): number =>
  positive > negative ? 1 : positive === negative ? 0.5 : 0;

function byPairs({ scores, y }: { scores: number[]; y: number[] }): number {
  const [positives, negatives] = [placesOf(y, 1), placesOf(y, 0)];
  const pairs = positives.flatMap((p) => negatives.map((n) => order(scores[p]!, scores[n]!)));
  return pairs.reduce((sum, one) => sum + one, 0) / pairs.length;
}

const variance = (values: readonly number[]): number => {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
};

describe("ROC-AUC", () => {
  test.each([0, 0.3])("is the part of pairs in the right order, equal ones half, with %d not measured", (missing) => {
    for (const seed of [1, 2, 3]) {
      const set = graded(80, seed, missing);
      const { value, measured } = rocAuc(set.scores, set.y);
      expect(value).toBeCloseTo(byPairs(set), 12);
      expect(measured).toBe(set.y.filter((one) => !Number.isNaN(one)).length);
    }
  });

  test("is 1, 0 and ½ where it should be, and does not exist for one class alone", () => {
    expect(rocAuc([1, 2, 3, 4], [0, 0, 1, 1]).value).toBe(1);
    expect(rocAuc([1, 2, 3, 4], [1, 1, 0, 0]).value).toBe(0);
    expect(rocAuc([7, 7, 7, 7], [1, 0, 0, 1]).value).toBe(0.5);
    expect(rocAuc([1, 2, 3], [1, NaN, 1])).toMatchObject({ value: NaN, measured: 2 });
  });

  test.each([0, 0.3])("has DeLong's variance in its samples' influence, with %d not measured", (missing) => {
    const { scores, y } = graded(120, 5, missing);
    const [positives, negatives] = [placesOf(y, 1), placesOf(y, 0)];
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    const ofPositive = positives.map((p) => mean(negatives.map((n) => order(scores[p]!, scores[n]!))));
    const ofNegative = negatives.map((n) => mean(positives.map((p) => order(scores[p]!, scores[n]!))));
    const deLong = variance(ofPositive) / positives.length + variance(ofNegative) / negatives.length;
    const { influence } = rocAuc(scores, y);
    expect(influence.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0, 9);
    expect(variance([...influence]) / y.length).toBeCloseTo(deLong, 12);
  });
});

describe("multi-label", () => {
  const objective = multiLabel(3);

  /** Three labels of one sample go together, as labels do. */
  function task(count: number): { logits: Float32Array; targets: Targets } {
    const rng = random(4, "task");
    const shared = normals(count, 1, rng);
    const logits = Float32Array.from({ length: 3 * count }, (_, i) => shared[Math.floor(i / 3)]! + rng.normal(1));
    const data = logits.map((q) => (rng.uniform() < 0.2 ? NaN : Number(rng.uniform() < σ(q))));
    return { logits, targets: { data, shape: [3] } };
  }

  test("loses −log of what was given to each label that was measured", () => {
    const logits = [2, -1, 0.5, 100, -100, 3];
    const targets = { data: Float32Array.of(1, 0, NaN, 1, 0, 0), shape: [3] };
    const expected = (-Math.log(σ(2)) - Math.log(1 - σ(-1)) - 0 - 0 - Math.log(1 - σ(3))) / 5;
    expect(objective.measure({ logits }, targets).loss).toBeCloseTo(expected, 9);
  });

  test("has (y − σ(q)) · N / measured as its residual, 0 where nothing was measured", () => {
    const targets = { data: Float32Array.of(1, 0, NaN, 1, 0, 0), shape: [3] };
    const residual = objective.residual({ logits: [2, -1, 9, 0, 0, 0] }, targets);
    const expected = [1 - σ(2), -σ(-1), 0, 0.5, -0.5, -0.5].map((r) => (r * 2) / 5);
    residual.forEach((r, i) => expect(r).toBeCloseTo(expected[i]!, 12));
  });

  test("of labels all measured has energy ½/√k at logits of 0, whatever they are", () => {
    const { targets } = task(40);
    const known = { ...targets, data: targets.data.map((y) => (Number.isNaN(y) ? 1 : y)) };
    const { energy } = objective.measure({ logits: new Float32Array(120) }, known);
    expect(energy).toBeCloseTo(0.5 / Math.sqrt(3), 12);
  });

  test("scores the mean of the labels whose ROC-AUC exists", () => {
    const { logits, targets } = task(60);
    const each = objective.each!({ logits }, targets);
    upTo(3).forEach((l) => {
      const column = (values: ArrayLike<number>): number[] => upTo(60).map((n) => values[3 * n + l]!);
      expect(each[l]!.value).toBeCloseTo(byPairs({ scores: column(logits), y: column(targets.data) }), 12);
    });
    const alone = { ...targets, data: targets.data.map((y, i) => (i % 3 === 1 ? 1 : y)) };
    const { value, contributions } = objective.score({ logits }, alone);
    expect(value).toBeCloseTo((each[0]!.value + each[2]!.value) / 2, 12);
    expect(contributions!.reduce((sum, c) => sum + c, 0) / 60).toBeCloseTo(value, 12);
    const none = { ...targets, data: targets.data.map(() => 1) };
    expect(objective.score({ logits }, none).value).toBeNaN();
  });

  test("has contributions that vary as the score does from sample to sample drawn anew", () => {
    const count = 300;
    const { logits, targets } = task(count);
    const rng = random(6, "bootstrap");
    const scores = upTo(600).map(() => {
      const drawn = upTo(count).map(() => rng.integer(0, count - 1));
      const pick = (values: ArrayLike<number>): number[] =>
        drawn.flatMap((n) => upTo(3).map((l) => values[3 * n + l]!));
      return objective.score({ logits: pick(logits) }, { data: Float32Array.from(pick(targets.data)), shape: [3] })
        .value;
    });
    const { contributions } = objective.score({ logits }, targets);
    const told = Math.sqrt(variance([...contributions!]) / count);
    expect(told / Math.sqrt(variance(scores))).toBeGreaterThan(0.9);
    expect(told / Math.sqrt(variance(scores))).toBeLessThan(1.1);
  });
});
