import { expect, it } from "vitest";
import { addDims, evaluateDim, exactQuotient, floorDivideDims, multiplyDims, subtractDims } from "./dims.js";

it("writes equal polynomials as equal strings", () => {
  expect(addDims("batch", "batch")).toBe("2*batch");
  expect(multiplyDims(addDims("h", 1), "w")).toBe(addDims("w", multiplyDims("w", "h")));
  expect(multiplyDims("w", "h")).toBe(multiplyDims("h", "w"));
});

it("cancels to a plain number", () => {
  expect(subtractDims(addDims("batch", 3), "batch")).toBe(3);
  expect(subtractDims("batch", "batch")).toBe(0);
});

it("divides exactly where the divisor is a factor", () => {
  expect(exactQuotient(multiplyDims("batch", 12), 4)).toBe("3*batch");
  expect(exactQuotient(multiplyDims("batch", 12), "batch")).toBe(12);
  expect(exactQuotient("batch", 2)).toBeUndefined();
});

it("names a floor that is no polynomial, and computes with it further", () => {
  const half = floorDivideDims("h", 2);
  expect(half).toBe("floor(h/2)");
  expect(subtractDims(multiplyDims(half, 2), multiplyDims(half, 2))).toBe(0);
  expect(floorDivideDims(7, 2)).toBe(3);
});

it("evaluates once sizes are given", () => {
  expect(evaluateDim(addDims(multiplyDims("batch", "h"), -3), { batch: 4, h: 5 })).toBe(17);
  expect(evaluateDim(7, {})).toBe(7);
  expect(() => evaluateDim("batch", {})).toThrow(/'batch'/);
});
