import { expect, test } from "vitest";
import { factorForHead } from "./rate.js";

test.each([
  ["in inverse proportion to the head", 2, 4, 0.5],
  ["higher for a smaller one", 3, 1, 3],
  ["by no less than a quarter", 1, 200, 0.25],
  ["by no more than four", 100, 1, 4],
  ["as it is for a head of zeros", 2, 0, 1],
  ["as it is for one of next to nothing", 2, 1e-6, 1],
  ["as it is from a test at a head of zeros", 0, 2, 1],
])("an unclipped rate goes to another head %s", (_, measured, norm, factor) => {
  expect(factorForHead(measured, norm)).toBe(factor);
});
