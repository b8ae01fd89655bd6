import { expect, test } from "vitest";
import { balancedWeights } from "./class-weights.js";

test("balanced weights give every class the same share, and average 1 over the samples", () => {
  const labels = [0, 0, 0, 0, 0, 0, 1, 1, 2, 2];
  const weights = balancedWeights(labels, ["a", "b", "c"]);
  const share = (c: number): number => labels.filter((y) => y === c).length * weights[c]!;
  for (const c of [0, 1, 2]) expect(share(c)).toBeCloseTo(labels.length / 3, 12);
  expect(labels.reduce((sum, y) => sum + weights[y]!, 0)).toBeCloseTo(labels.length, 12);
});

test("places of maps that do not count have no part in balanced weights", () => {
  expect(balancedWeights([0, -1, 0, 0, 1, -1], ["a", "b"])).toEqual(balancedWeights([0, 0, 0, 1], ["a", "b"]));
});

test("a class without samples has no balanced weight", () => {
  expect(() => balancedWeights([0, 2], ["sky", "fence", "car"])).toThrow(
    /class 'fence' has no training sample, .* \(option classWeights\)$/,
  );
});
