import { adamw, sgd } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { backbone, classes, coloured, data as task, head } from "../../test/tiny-task.js";
import type { RangeTest } from "./range-test.js";
import { searchRate, type FoundRate, type RangeSteps } from "./rate.js";
import type { TrainingOptions } from "./training-setup.js";

/** Images that hardly say their class: how far a loss falls depends on the batches. */
const data = task(coloured(50, 1, [], 10));

/** As probing leaves it. */
const grown = new Map([...head].map(([name, weights]) => [name, weights.map((w) => 10 * w)]));

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

/** How far the loss falls at the best rate, on average over tests. */
function fallOf(tests: readonly RangeTest[]): number {
  const lowest = tests.map(({ changes }) => changes.reduce((low, one) => Math.min(low, one), 0));
  return -lowest.reduce((sum, one) => sum + one, 0) / tests.length;
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

  test("tests on until the average is sure, from three tests to eight, where the loss hardly falls", async () => {
    const counts = new Set<number>();
    for (const batch of [2, 8])
      for (const seed of [1, 2, 3]) {
        const { tests, told } = await searched({ ...setup, batch, seed });
        const rates = tests.map(({ rate }) => rate);
        counts.add(rates.length);
        const enough = (n: number): boolean =>
          fallOf(tests.slice(0, n)) >= 0.06 * Math.log(classes) ||
          (n >= 3 && varianceOfAverage(rates.slice(0, n)) <= 1 / 16);
        for (let n = 2; n < rates.length; n++) expect(enough(n)).toBe(false);
        expect(rates.length === 8 || enough(rates.length)).toBe(true);
        expect(told[0]!.total).toBe(2 * 16);
        expect(told.at(-1)!.total).toBe(rates.length * 16);
        expect(told.every(({ done, total }, i) => done <= total && done > (told[i - 1]?.done ?? 0))).toBe(true);
      }
    // Some come to an end by each of the three reasons.
    expect([...counts]).toEqual(expect.arrayContaining([2, 3, 8]));
    expect(Math.max(...counts)).toBe(8);
  });

  test("takes the word of one test with an adaptive optimizer", async () => {
    const { rate, tests } = await searched({ ...setup, optimizer: adamw() });
    expect(tests.map((one) => one.rate)).toEqual([expect.closeTo(rate, 12)]);
  });
});
