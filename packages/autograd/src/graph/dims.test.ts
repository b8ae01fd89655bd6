import { expect, it } from "vitest";
import {
  addDims,
  broadcastDims,
  ceilOfDim,
  divideDims,
  evaluateDim,
  exactQuotient,
  floorDivideDims,
  largerDim,
  multiplyDims,
  rangeOf,
  smallerDim,
  subtractDims,
} from "./dims.js";

const named =
  (sizes: Record<string, number>) =>
  (name: string): number | undefined =>
    sizes[name];

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
  expect(evaluateDim(addDims(multiplyDims("batch", "h"), -3), named({ batch: 4, h: 5 }))).toBe(17);
  expect(evaluateDim(7, named({}))).toBe(7);
  expect(() => evaluateDim("batch", named({}))).toThrow(/'batch'/);
});

it("takes out of a floor what divides", () => {
  expect(floorDivideDims(addDims(multiplyDims("h", 4), 3), 2)).toBe(addDims(multiplyDims("h", 2), 1));
  expect(ceilOfDim(divideDims("h", 2))).toBe(floorDivideDims(addDims("h", 1), 2));
});

it("knows which of two is smaller where sizes cannot change it", () => {
  expect(smallerDim("h", 1)).toBe(1);
  expect(largerDim(0, subtractDims("h", 1))).toBe(addDims("h", -1));
  expect(smallerDim("h", addDims("h", 2))).toBe("h");
  expect(evaluateDim(smallerDim("h", 40), named({ h: 50 }))).toBe(40);
});

it("leaves open which of two free sizes is repeated", () => {
  expect(broadcastDims("a", 1)).toBe("a");
  expect(broadcastDims("a", 5)).toBe(5);
  const both = broadcastDims("b", "a")!;
  expect(both).toBe(broadcastDims("a", broadcastDims("b", "a")!));
  expect(evaluateDim(both, named({ a: 1, b: 7 }))).toBe(7);
  expect(broadcastDims(smallerDim("a", 40), "a")).toBe("a");
  expect(broadcastDims(2, 3)).toBeUndefined();
});

it("knows between what a quotient lies, by a number below 1 too", () => {
  const at512 = smallerDim("h", 512);
  expect(rangeOf(divideDims(at512, 0.3))).toEqual({ low: 1 / 0.3, high: 512 / 0.3 });
  expect(rangeOf(floorDivideDims(at512, 3))).toEqual({ low: 0, high: 170 });
  expect(rangeOf(divideDims("h", "w"))).toEqual({ low: 0, high: Infinity });
});
