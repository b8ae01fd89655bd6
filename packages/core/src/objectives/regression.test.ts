import { describe, expect, test } from "vitest";
import { normals, random } from "../data/random.js";
import { upTo } from "../data/samples.js";
import { numberTargets } from "../data/targets.js";
import { explained, regression, scaleOf, standardised } from "./regression.js";

const q = [...normals(40, 1, random(1, "q"))];
const y = q.map((one, n) => one + Math.sin(n * n));

describe("R²", () => {
  test("is what is left of the spread, and the error its root mean square", () => {
    // Squares of errors: 0 + 0 + 0 + 4; of the spread around 2.5: 2.25 + 0.25 + 0.25 + 2.25.
    expect(explained([1, 2, 3, 2], [1, 2, 3, 4])).toMatchObject({
      value: expect.closeTo(0.2, 12),
      measured: 4,
      error: 1,
    });
    expect(explained([1, 2, 77, 3, 2], [1, 2, NaN, 3, 4])).toMatchObject({
      value: expect.closeTo(0.2, 12),
      measured: 4,
      error: 1,
    });
  });

  test("is 1 for the numbers themselves, 0 for their mean, less for what is worse", () => {
    const mean = y.reduce((sum, one) => sum + one, 0) / y.length;
    expect(explained(y, y)).toMatchObject({ value: 1, error: 0 });
    expect(
      explained(
        y.map(() => mean),
        y,
      ).value,
    ).toBeCloseTo(0, 12);
    expect(
      explained(
        y.map((one) => -one),
        y,
      ).value,
    ).toBeLessThan(0);
  });

  test("does not exist for numbers that are all equal, or not known", () => {
    expect(explained([1, 2], [3, 3])).toMatchObject({ value: NaN, measured: 2 });
    expect(explained([1, 2], [NaN, NaN])).toMatchObject({ value: NaN, measured: 0 });
  });

  test.each([0, 0.3])("changes with a sample's weight as its influence says, with %d not known", (missing) => {
    const rng = random(2, "missing");
    const known = y.map((one) => (rng.uniform() < missing ? NaN : one));
    const { influence, measured } = explained(q, known);
    const places = upTo(40).filter((n) => !Number.isNaN(known[n]!));
    const weighted = (weights: readonly number[]): number => {
      const total = places.reduce((sum, n) => sum + weights[n]!, 0);
      const mean = places.reduce((sum, n) => sum + weights[n]! * known[n]!, 0) / total;
      const of = (from: (n: number) => number): number =>
        places.reduce((sum, n) => sum + weights[n]! * (known[n]! - from(n)) ** 2, 0);
      return 1 - of((n) => q[n]!) / of(() => mean);
    };
    for (const n of upTo(40)) {
      if (!places.includes(n)) {
        expect(influence[n]).toBe(0);
        continue;
      }
      const at = (by: number): number => weighted(y.map((_, i) => 1 / measured + (i === n ? by : 0)));
      const slope = (at(1e-6) - at(-1e-6)) / 2e-6;
      expect((influence[n]! * measured) / 40).toBeCloseTo(slope, 5);
    }
    expect(influence.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0, 9);
  });
});

describe("regression", () => {
  const targets = numberTargets([
    [1, 2],
    [NaN, -1],
    [0, 3],
  ]);
  const logits = [0, 2.5, 9, -1, 3, 0];

  test("loses half the squared error, summed over numbers and averaged over samples", () => {
    const { loss, energy } = regression(2).measure({ logits }, targets);
    expect(loss).toBeCloseTo((1 + 0.25 + 0 + 0 + 9 + 9) / 2 / 3, 12);
    expect(energy).toBeCloseTo((Math.hypot(1, 0.5) + 0 + Math.hypot(3, 3)) / 3, 12);
    expect([...regression(2).residual({ logits }, targets)]).toEqual([1, -0.5, 0, 0, -3, 3]);
  });

  test("by Huber grows linearly beyond its threshold, and pulls no harder than it", () => {
    const objective = regression(2, { huber: 2 });
    // ½·1, ½·¼, then 2·(3 − 1) twice.
    expect(objective.measure({ logits }, targets).loss).toBeCloseTo((0.5 + 0.125 + 4 + 4) / 3, 12);
    expect([...objective.residual({ logits }, targets)]).toEqual([1, -0.5, 0, 0, -2, 2]);
  });

  test("has the mean distance of the targets from 0 as its energy at a guess of 0", () => {
    const { energy } = regression(1).measure({ logits: new Float32Array(40) }, numberTargets(y.map((one) => [one])));
    expect(energy).toBeCloseTo(y.reduce((sum, one) => sum + Math.abs(one), 0) / 40, 6);
  });

  test("scores the mean R² of its numbers, each with its own error", () => {
    const rows = y.map((one, n) => [one, n]);
    const predictions = q.flatMap((one, n) => [one, n + 1]);
    const objective = regression(2);
    const [first, second] = objective.each!({ logits: predictions }, numberTargets(rows));
    expect(first!.value).toBeCloseTo(explained(q, y).value, 6);
    expect(second).toMatchObject({ error: expect.closeTo(1, 12), measured: 40 });
    const { value, contributions } = objective.score({ logits: predictions }, numberTargets(rows));
    expect(value).toBeCloseTo((first!.value + second!.value) / 2, 12);
    expect(contributions!.reduce((sum, c) => sum + c, 0) / 40).toBeCloseTo(value, 12);
  });
});

describe("the scale of targets", () => {
  const rows = [
    [2, 7, NaN],
    [4, 7, 1],
    [NaN, 7, 3],
    [6, 7, NaN],
  ];

  test("is their mean and deviation over what is known; a constant keeps 1", () => {
    const { mean, deviation } = scaleOf(numberTargets(rows));
    expect(mean).toEqual([4, 7, 2]);
    expect(deviation).toEqual([expect.closeTo(Math.sqrt(8 / 3), 12), 1, 1]);
  });

  test("brings them to mean 0 and variance 1, and what is not known stays so", () => {
    const targets = numberTargets(rows);
    const scale = scaleOf(targets);
    const { data, shape } = standardised(targets, scale);
    expect(shape).toEqual([3]);
    expect([...data].map(Number.isNaN)).toEqual(rows.flat().map(Number.isNaN));
    const column = [0, 3, 9].map((i) => data[i]!);
    expect(column.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 6);
    expect(column.reduce((sum, v) => sum + v * v, 0) / 3).toBeCloseTo(1, 6);
    data.forEach((v, i) => {
      if (!Number.isNaN(v)) expect(v * scale.deviation[i % 3]! + scale.mean[i % 3]!).toBeCloseTo(rows.flat()[i]!, 5);
    });
  });
});
