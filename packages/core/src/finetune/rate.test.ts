import { adamw, sgd } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { backbone, coloured, data as task, head } from "../../test/tiny-task.js";
import { searchRate, type FoundRate, type RangeSteps } from "./rate.js";
import type { TrainingOptions } from "./training-setup.js";

const data = task(coloured(50, 1));

/** As long probing leaves it: what its loss does depends on the batches. */
const grown = new Map([...head].map(([name, weights]) => [name, weights.map((w) => 300 * w)]));

const setup: TrainingOptions = { head: grown, batch: 8, seed: 1, optimizer: sgd({ momentum: 0.9 }), clipNorm: 1 };

async function searched(options: TrainingOptions): Promise<FoundRate & { readonly told: readonly RangeSteps[] }> {
  const told: RangeSteps[] = [];
  const found = await searchRate(backbone, data, options, { headInputNorm: 1, onStep: (steps) => told.push(steps) });
  return { ...found, told };
}

/** The variance of ln of the rates' average, by the pairs of which a variance is the mean half square. */
function varianceOfAverage(rates: readonly number[]): number {
  const squares = rates.flatMap((a) => rates.map((b) => Math.log(a / b) ** 2));
  const pairs = rates.length * (rates.length - 1);
  return squares.reduce((sum, one) => sum + one, 0) / 2 / pairs / rates.length;
}

describe("the search for a rate", () => {
  test("takes the geometric mean of tests on batches of their own, and finds the same again", async () => {
    const { rate, tests, told } = await searched(setup);
    expect(rate).toBeCloseTo(tests.reduce((product, one) => product * one.rate, 1) ** (1 / tests.length), 9);
    expect(new Set(tests.map(({ changes }) => JSON.stringify(changes))).size).toBe(tests.length);
    expect(await searched(setup)).toEqual({ rate, tests, told });
    const other = await searched({ ...setup, seed: 2 });
    const own = new Set(tests.map(({ changes }) => JSON.stringify(changes)));
    expect(other.tests.filter(({ changes }) => own.has(JSON.stringify(changes)))).toEqual([]);
  });

  test("tests on until the average is sure, from three tests to eight", async () => {
    const counts = new Set<number>();
    for (const batch of [2, 8])
      for (const seed of [1, 2, 3]) {
        const { tests, told } = await searched({ ...setup, batch, seed });
        const rates = tests.map(({ rate }) => rate);
        counts.add(rates.length);
        for (let n = 3; n < rates.length; n++) expect(varianceOfAverage(rates.slice(0, n))).toBeGreaterThan(1 / 16);
        if (rates.length < 8) expect(varianceOfAverage(rates)).toBeLessThanOrEqual(1 / 16);
        expect(told[0]!.total).toBe(3 * 16);
        expect(told.at(-1)!.total).toBe(rates.length * 16);
        expect(told.every(({ done, total }, i) => done <= total && done > (told[i - 1]?.done ?? 0))).toBe(true);
      }
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...counts)).toBeLessThanOrEqual(8);
    expect(counts.size).toBeGreaterThan(1);
  });

  test("takes the word of one test with an adaptive optimizer", async () => {
    const { rate, tests } = await searched({ ...setup, optimizer: adamw() });
    expect(tests.map((one) => one.rate)).toEqual([expect.closeTo(rate, 12)]);
  });
});
