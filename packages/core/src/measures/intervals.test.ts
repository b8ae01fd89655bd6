import { describe, expect, test } from "vitest";
import {
  accuracyError,
  compareScores,
  independentSamples,
  overSeeds,
  pairedContributions,
  pairedHits,
  verdictOf,
} from "./intervals.js";

describe("paired hits", () => {
  // By hand, with 0.5 added to each cell: 12.5 and 5.5 of 102 samples differ.
  const a = "1".repeat(12) + "0".repeat(5) + "1".repeat(60) + "0".repeat(23);
  const b = "0".repeat(12) + "1".repeat(5) + "1".repeat(60) + "0".repeat(23);
  const centre = (12.5 - 5.5) / 102;
  const reach = 1.959964 * Math.sqrt((18 / 102 - centre ** 2) / 102);

  test("only what one gets right and the other wrong tells them apart", () => {
    const { difference, low, high } = pairedHits(a, b);
    expect(difference).toBeCloseTo(0.07, 12);
    expect(low).toBeCloseTo(centre - reach, 9);
    expect(high).toBeCloseTo(centre + reach, 9);
  });

  test("are symmetric, and never of width zero", () => {
    const [there, back] = [pairedHits(a, b), pairedHits(b, a)];
    expect(back.low).toBeCloseTo(-there.high, 12);
    const same = pairedHits(a, a);
    expect(same.difference).toBe(0);
    expect(same.low).toBeLessThan(0);
    expect(same.high).toBeGreaterThan(0);
  });

  test("of different sets are refused", () => expect(() => pairedHits("10", "1")).toThrow(/2 samples.*with 1/));
});

test("independent samples: twice the binomial error of each, more than for pairs", () => {
  const { difference, low, high } = independentSamples(0.7, 0.6, 1000);
  expect(difference).toBeCloseTo(0.1, 12);
  expect((high - low) / 2 / 1.959964).toBeCloseTo(Math.sqrt((0.7 * 0.3 + 0.6 * 0.4) / 1000), 4);
  expect(independentSamples(0.7, 0.6, 0).low).toBe(-Infinity);
});

test("an accuracy's standard error is binomial, and above zero even when all samples are right", () => {
  expect(accuracyError(0.7, 2000)).toBeCloseTo(Math.sqrt((0.7 * 0.3) / 2000), 4);
  expect(accuracyError(1, 20)).toBeGreaterThan(0.03);
  expect(accuracyError(0.5, 0)).toBeNull();
});

test("seeds: Student's interval of the paired differences", () => {
  const { difference, low, high } = overSeeds([0.81, 0.62, 0.73], [0.8, 0.6, 0.7])!;
  expect(difference).toBeCloseTo(0.02, 12);
  expect(high - difference).toBeCloseTo((4.302653 * 0.01) / Math.sqrt(3), 8);
  expect(difference - low).toBeCloseTo(high - difference, 12);
  expect(overSeeds([1], [2])).toBeNull();
  // What a seed does to both cancels. By hand: differences 1, 2, 3; half-width 4.302653 / √3.
  const paired = overSeeds([101, 52, 13], [100, 50, 10])!;
  expect(paired.high - 2).toBeCloseTo(2.484138, 5);
  expect(2 - paired.low).toBeCloseTo(2.484138, 5);
});

describe("paired contributions", () => {
  const a = "1101001011";
  const b = "0101101001";
  const numbers = (hits: string): number[] => [...hits].map(Number);

  test("of right and wrong answers are paired hits", () => {
    expect(pairedContributions(numbers(a), numbers(b))).toEqual({ ...pairedHits(a, b), basis: "paired contributions" });
  });

  test("give the normal interval of the mean difference once samples are many", () => {
    const n = 20_000;
    const better = Float64Array.from({ length: n }, (_, i) => 0.3 + (i % 2 ? 0.5 : -0.1));
    const worse = new Float64Array(n).fill(0.3);
    const { difference, low, high } = pairedContributions(better, worse);
    expect(difference).toBeCloseTo(0.2, 9);
    expect((high - low) / 2).toBeCloseTo((1.959964 * 0.3) / Math.sqrt(n), 4);
  });

  test("never have a width of zero", () => {
    const { low, high } = pairedContributions([0.2, 0.4], [0.2, 0.4]);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
  });
});

describe("two scores", () => {
  const accuracy = { metric: { name: "accuracy", percent: true, chance: 0.5 }, samples: 4 };
  const area = { metric: { name: "mean ROC-AUC", percent: false, chance: 0.5 }, samples: 4 };
  const contributions = { score: 0.8, contributions: [1, 0.6, 0.8, 0.8] };

  test("are compared by the best that is known of both: seeds, pairs, the accuracies alone", () => {
    const hits = { score: 0.75, hits: "1110" };
    const seeds = { ...hits, scores: [0.7, 0.8] };
    expect(compareScores(seeds, seeds, accuracy).basis).toBe("seeds");
    expect(compareScores(seeds, hits, accuracy)).toEqual(pairedHits("1110", "1110"));
    expect(compareScores(hits, { score: 0.5 }, accuracy)).toEqual(independentSamples(0.75, 0.5, 4));
    expect(compareScores(contributions, contributions, area).basis).toBe("paired contributions");
  });

  test("that are no accuracies have no interval by themselves, and nothing is claimed of them", () => {
    const unknown = compareScores(contributions, { score: 0.75 }, area);
    expect(unknown).toEqual({ difference: 0.8 - 0.75, low: null, high: null, basis: "nothing" });
    expect(verdictOf(unknown)).toBe("unknown");
  });

  test("differ by what the scores do, as contributions make them up to first order only", () => {
    const other = { score: 0.7, contributions: [0.7, 0.7, 0.7, 0.71] };
    expect(compareScores(contributions, other, area).difference).toBeCloseTo(0.1, 12);
  });

  test("are above, below or level as the interval says", () => {
    const interval = (low: number, high: number) =>
      verdictOf({ difference: (low + high) / 2, low, high, basis: "seeds" });
    expect([interval(0.1, 0.2), interval(-0.2, -0.1), interval(-0.1, 0.2), interval(0, 0.1)]).toEqual([
      "above",
      "below",
      "level",
      "level",
    ]);
  });
});
