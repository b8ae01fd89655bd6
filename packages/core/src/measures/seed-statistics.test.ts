import { describe, expect, it } from "vitest";
import { meanAndSpread, studentQuantile95 } from "./seed-statistics.js";

describe("statistics over seeds", () => {
  // Published tables of Student's distribution, two-sided 95 %.
  it.each([
    [1, 12.7062047364],
    [2, 4.3026527297],
    [3, 3.1824463053],
    [4, 2.7764451052],
    [5, 2.5705818356],
    [9, 2.2621571628],
    [10, 2.228138852],
    [30, 2.0422724563],
  ])("Student's quantile for %d degrees of freedom is %d", (degrees, quantile) => {
    expect(studentQuantile95(degrees)).toBeCloseTo(quantile, 8);
  });

  it("gives mean and sample deviation, and no spread for one seed", () => {
    const { mean, spread } = meanAndSpread([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(mean).toBe(5);
    expect(spread).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(meanAndSpread([0.5])).toEqual({ mean: 0.5, spread: null });
  });
});
