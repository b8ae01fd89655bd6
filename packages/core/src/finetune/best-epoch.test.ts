import fc from "fast-check";
import { expect, test } from "vitest";
import { standardError } from "../measures/intervals.js";
import { bestEpochOf, type ScoredEpoch } from "./best-epoch.js";

const linear = { kind: "linear", warmup: 0 } as const;
const constant = { kind: "constant", warmup: 0 } as const;

const withError = (scores: readonly number[], error: (score: number) => number | null): ScoredEpoch[] =>
  scores.map((score) => ({ validationScore: score, validationError: error(score) }));

/** Accuracies over so many samples. */
const accuracies = (samples: number, ...scores: number[]): ScoredEpoch[] =>
  withError(scores, (score) =>
    standardError({ score }, { metric: { name: "accuracy", percent: true, chance: 0.1 }, samples }),
  );

test("at a constant rate it is the highest, the earlier of equals", () => {
  expect(bestEpochOf(accuracies(100, 0.7, 0.9, 0.9, 0.88), undefined)).toBe(2);
  expect(bestEpochOf(accuracies(100, 0.7, 0.9, 0.9, 0.88), constant)).toBe(2);
});

test("where the rate comes down it is the last within one standard error of the highest", () => {
  // The error of 0.9 over 100 samples is √(0.9 · 0.1 / 100) = 0.03.
  expect(bestEpochOf(accuracies(100, 0.9, 0.86, 0.871, 0.869), linear)).toBe(3);
  expect(bestEpochOf(accuracies(100, 0.9, 0.86, 0.86, 0.86), linear)).toBe(1);
  expect(bestEpochOf(accuracies(25, 0.9, 0.86, 0.86, 0.86), linear)).toBe(4);
});

test("the error of any score is what its samples' contributions spread by", () => {
  const metric = { name: "ROC-AUC", percent: false, chance: 0.5 };
  // Their spread is √(4 · 0.2² / 3), over √4 of them.
  const contributions = [0.7, 1.1, 0.7, 1.1];
  const error = standardError({ score: 0.9, contributions }, { metric, samples: 4 })!;
  expect(error).toBeCloseTo(Math.sqrt((4 * 0.2 ** 2) / 3) / 2, 12);
  const near = [0.9, 0.9 - 0.99 * error, 0.9 - 1.01 * error];
  expect(bestEpochOf(withError(near, () => error), linear)).toBe(2); // prettier-ignore
});

test("of a score whose error is not known it is the last of the highest", () => {
  expect(bestEpochOf(withError([0.9, 0.8999, 0.9, 0.89], () => null), linear)).toBe(3); // prettier-ignore
});

test("it is kept from epoch to epoch: the last epoch that was chosen when it ended", () => {
  const epoch = fc.record({ validationScore: fc.double({ min: 0, max: 1, noNaN: true }), validationError: fc.double({ min: 0, max: 0.2, noNaN: true }) }); // prettier-ignore
  fc.assert(
    fc.property(fc.array(epoch, { minLength: 1, maxLength: 12 }), (epochs) => {
      const chosen = epochs.flatMap((_, i) => (bestEpochOf(epochs.slice(0, i + 1), linear) === i + 1 ? i + 1 : []));
      expect(bestEpochOf(epochs, linear)).toBe(chosen.at(-1));
    }),
  );
});
