import { expect, test } from "vitest";
import { rateFactor, type Schedule } from "./schedule.js";

const rates = (schedule: Schedule, total: number): number[] =>
  Array.from({ length: total }, (_, step) => rateFactor(schedule, step, total));
const expectClose = (actual: number[], expected: number[]): void => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, 12));
};

test("constant without warm-up is the same rate at every step", () => {
  expect(rates({ kind: "constant", warmup: 0 }, 5)).toEqual([1, 1, 1, 1, 1]);
});

test("linear falls by the same amount from step to step", () => {
  expectClose(rates({ kind: "linear", warmup: 0 }, 4), [1, 0.75, 0.5, 0.25]);
});

test("cosine falls along half a cosine", () => {
  expectClose(rates({ kind: "cosine", warmup: 0 }, 4), [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2]);
});

test("warm-up climbs in a straight line, and the curve begins at the top behind it", () => {
  expectClose(rates({ kind: "linear", warmup: 3 }, 7), [0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25]);
});

test("warm-up below 1 is a fraction of all steps", () => {
  for (const kind of ["constant", "linear", "cosine"] as const)
    expect(rates({ kind, warmup: 0.3 }, 10)).toEqual(rates({ kind, warmup: 3 }, 10));
});

test("no step has rate 0, or more than the highest, even if the warm-up is longer than the run", () => {
  for (const kind of ["constant", "linear", "cosine"] as const)
    for (const warmup of [0, 0.5, 1, 4, 9])
      for (const rate of rates({ kind, warmup }, 4)) {
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(1);
      }
});

test("a warm-up is no negative number", () => {
  for (const warmup of [-1, NaN])
    expect(() => rates({ kind: "linear", warmup }, 4)).toThrow(`warmup wants a number of at least 0, not ${warmup}`);
});
