import { expect, test } from "vitest";
import { lengthsOf } from "./lengths.js";

test("lengths are counted in bins, those that were cut apart", () => {
  expect(lengthsOf([3, 1, 4, 8, 8, 3, 2], new Set([3]), 8)).toEqual({
    most: 8,
    cut: 1,
    longest: 8,
    median: 3,
    width: 1,
    counts: [1, 1, 2, 1, 0, 0, 0, 1],
  });
  const long = lengthsOf([1, 50, 51, 100, 300], new Set(), 512);
  expect([long.width, long.counts.length]).toEqual([13, 24]);
  expect(long.counts.reduce((a, b) => a + b)).toBe(5);
  // 50 is in the bin of 40 to 52, as 51 is.
  expect([long.counts[0], long.counts[3], long.counts[7], long.counts[23]]).toEqual([1, 2, 1, 1]);
});

test("where all were cut there are no bins", () => {
  expect(lengthsOf([4, 4], new Set([0, 1]), 4)).toMatchObject({ cut: 2, longest: null, median: 4, counts: [] });
});
