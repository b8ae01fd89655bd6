import { sgd } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { backbone, classes, coloured, engine, head } from "../test/tiny-task.js";
import { pickRate, rangeTest, type RangeTestOptions } from "./range-test.js";

const setup: RangeTestOptions = {
  engine,
  backbone,
  head,
  images: coloured(50, 1),
  classes,
  batch: 16,
  seed: 5,
  optimizer: sgd({ momentum: 0.9 }),
  from: 1e-4,
  to: 1e4,
  steps: 33,
};

describe("the rule", () => {
  const rates = [1e-4, 1e-3, 1e-2, 1e-1, 1];

  test("takes a tenth of the rate at the bottom of a valley", () => {
    expect(pickRate(rates, [2.3, 2.2, 1.4, 1.8, 3], 10)).toBeCloseTo(1e-3, 12);
  });

  test("takes a tenth of the last rate before an explosion where the curve is flat", () => {
    // Which of these three is lowest is noise: 0.02 ln 10 is 0.046.
    expect(pickRate(rates, [0.1, 0.11, 0.12, 0.5, 1.9], 10)).toBeCloseTo(1e-3, 12);
  });

  test("has nothing to take without rates", () => expect(pickRate([], [], 10)).toBeUndefined());
});

describe("the range test", () => {
  test("climbs geometrically, stops at the explosion, and leaves the head as it was", async () => {
    const before = structuredClone(head);
    const { rate, rates, losses } = await rangeTest(setup);
    expect(head).toEqual(before);
    expect(losses).toHaveLength(rates.length);
    for (let i = 1; i < rates.length; i++) expect(rates[i]! / rates[i - 1]!).toBeCloseTo(10 ** 0.25, 6);
    // At a rate of ten thousand nothing is left to learn from.
    expect(rates.length).toBeLessThan(33);
    expect(rates.length).toBeGreaterThan(10);
    expect(rate).toBe(pickRate(rates, losses, classes));
    expect(Math.min(...losses)).toBeLessThan(losses[0]!);
  });

  test("finds the same rate again, and another way with another seed", async () => {
    const found = await rangeTest(setup);
    expect(await rangeTest(setup)).toEqual(found);
    expect((await rangeTest({ ...setup, seed: 6 })).losses).not.toEqual(found.losses);
  });

  test("takes a lower rate for a head that is larger", async () => {
    const grown = new Map([...head].map(([name, data]) => [name, data.map((w) => 300 * w)]));
    expect((await rangeTest({ ...setup, head: grown })).rate).toBeLessThan((await rangeTest(setup)).rate);
  });

  test("gives the lowest rate if even that explodes at once", async () => {
    expect(await rangeTest({ ...setup, head: new Map([...head].map(([n, w]) => [n, w.map(() => NaN)])) })).toEqual({
      rate: 1e-4,
      rates: [],
      losses: [],
    });
  });
});
