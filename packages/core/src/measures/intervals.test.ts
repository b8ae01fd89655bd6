import { describe, expect, test } from "vitest";
import { accuracyError, independentImages, overSeeds, pairedImages } from "./intervals.js";

describe("paired images", () => {
  // By hand, with 0.5 added to each cell: 12.5 and 5.5 of 102 images differ.
  const a = "1".repeat(12) + "0".repeat(5) + "1".repeat(60) + "0".repeat(23);
  const b = "0".repeat(12) + "1".repeat(5) + "1".repeat(60) + "0".repeat(23);
  const centre = (12.5 - 5.5) / 102;
  const reach = 1.959964 * Math.sqrt((18 / 102 - centre ** 2) / 102);

  test("only what one gets right and the other wrong tells them apart", () => {
    const { difference, low, high } = pairedImages(a, b);
    expect(difference).toBeCloseTo(0.07, 12);
    expect(low).toBeCloseTo(centre - reach, 9);
    expect(high).toBeCloseTo(centre + reach, 9);
  });

  test("are symmetric, and never of width zero", () => {
    const [there, back] = [pairedImages(a, b), pairedImages(b, a)];
    expect(back.low).toBeCloseTo(-there.high, 12);
    const same = pairedImages(a, a);
    expect(same.difference).toBe(0);
    expect(same.low).toBeLessThan(0);
    expect(same.high).toBeGreaterThan(0);
  });

  test("of different sets are refused", () => expect(() => pairedImages("10", "1")).toThrow(/2 images.*with 1/));
});

test("independent images: twice the binomial error of each, more than for pairs", () => {
  const { difference, low, high } = independentImages(0.7, 0.6, 1000);
  expect(difference).toBeCloseTo(0.1, 12);
  expect((high - low) / 2 / 1.959964).toBeCloseTo(Math.sqrt((0.7 * 0.3 + 0.6 * 0.4) / 1000), 4);
  expect(independentImages(0.7, 0.6, 0).low).toBe(-Infinity);
});

test("an accuracy's standard error is binomial, and above zero even when all images are right", () => {
  expect(accuracyError(0.7, 2000)).toBeCloseTo(Math.sqrt((0.7 * 0.3) / 2000), 4);
  expect(accuracyError(1, 20)).toBeGreaterThan(0.03);
  expect(accuracyError(0.5, 0)).toBeNull();
});

test("seeds: Student's interval of the paired differences", () => {
  const { difference, low, high } = overSeeds([0.81, 0.62, 0.73], [0.8, 0.6, 0.7])!;
  expect(difference).toBeCloseTo(0.02, 12);
  expect(high - difference).toBeCloseTo((4.302653 * 0.01) / Math.sqrt(3), 8);
  expect(difference - low).toBeCloseTo(high - difference, 12);
  expect(overSeeds([1], [2])).toBeNull();
});
