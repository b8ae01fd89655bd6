import { expect, test } from "vitest";
import { epochOrder, normals, random } from "./random.js";

test("an epoch's order depends on seed, purpose and epoch alone, and visits everything once", () => {
  const order = epochOrder(50, 1, "probe", 3);
  expect(epochOrder(50, 1, "probe", 3)).toEqual(order);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  for (const other of [epochOrder(50, 2, "probe", 3), epochOrder(50, 1, "finetune", 3), epochOrder(50, 1, "probe", 4)])
    expect(other).not.toEqual(order);
});

test("normal numbers have the mean and deviation asked for", () => {
  const x = normals(40_000, 0.5, random(0, "test"));
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  expect(Math.abs(mean)).toBeLessThan(0.01);
  expect(Math.sqrt(x.reduce((a, b) => a + b * b, 0) / x.length)).toBeCloseTo(0.5, 2);
});
