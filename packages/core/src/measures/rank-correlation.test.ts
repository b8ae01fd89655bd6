import { expect, test } from "vitest";
import { spearman } from "./rank-correlation.js";

test("an increasing relation has correlation 1, a decreasing one −1, whatever its shape", () => {
  const x = [0.1, 2, 3, 40];
  expect(spearman(x, x.map(Math.exp))).toBeCloseTo(1, 12);
  expect(
    spearman(
      x,
      x.map((v) => -(v ** 3)),
    ),
  ).toBeCloseTo(-1, 12);
});

test("without ties it is 1 − 6 Σd² / (n (n² − 1))", () => {
  const [a, b] = [
    [3, 1, 4, 2, 5],
    [1, 2, 5, 3, 4],
  ];
  const squares = a!.reduce((sum, rank, i) => sum + (rank - b![i]!) ** 2, 0);
  expect(spearman(a!, b!)).toBeCloseTo(1 - (6 * squares) / (5 * 24), 12);
});

test("equal values share the mean of their ranks", () => {
  // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
  expect(spearman([10, 20, 20, 30], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
});

test("there is none without two pairs or without differences", () => {
  expect(spearman([1], [2])).toBeNull();
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
  expect(() => spearman([1], [1, 2])).toThrow(/1 numbers.*against 2/);
});
