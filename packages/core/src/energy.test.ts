import { expect, test } from "vitest";
import { accuracy, crossEntropyLoss, energy } from "./energy.js";

test("energy is the mean distance between label and probabilities", () => {
  // p = (3/4, 1/4): ‖(1, 0) − p‖ = √2/4 and ‖(0, 1) − p‖ = 3√2/4.
  const q = Math.log(3);
  expect(energy([q, 0, q, 0], [0, 1], 2)).toBeCloseTo(Math.SQRT2 / 2, 12);
});

test("energy of uniform probabilities is √(1 − 1/k)", () => {
  expect(energy(new Float32Array(20), [3, 9], 10)).toBeCloseTo(Math.sqrt(0.9), 12);
});

test("energy ends at 0 and √2, whatever the size of the logits", () => {
  expect(energy([1e4, 0], [0], 2)).toBe(0);
  expect(energy([1e4, 0], [1], 2)).toBeCloseTo(Math.SQRT2, 12);
});

test("cross-entropy and accuracy of equal logits: log k, and the first class wins", () => {
  expect(crossEntropyLoss([5, 5, 5, 5], [0, 1], 2)).toBeCloseTo(Math.LN2, 12);
  expect(accuracy([5, 5, 5, 5], [0, 1], 2)).toBe(0.5);
});
