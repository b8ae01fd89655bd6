import fc from "fast-check";
import { expect, test } from "vitest";
import { bestEpochOf } from "./best-epoch.js";

const accuracy = { metric: { name: "accuracy", percent: true, chance: 0.1 }, samples: 100 };
const linear = { kind: "linear", warmup: 0 } as const;
const constant = { kind: "constant", warmup: 0 } as const;

test("at a constant rate it is the highest, the earlier of equals", () => {
  expect(bestEpochOf([0.7, 0.9, 0.9, 0.88], undefined, accuracy)).toBe(2);
  expect(bestEpochOf([0.7, 0.9, 0.9, 0.88], constant, accuracy)).toBe(2);
});

test("where the rate comes down it is the last within one standard error of the highest", () => {
  // The error of 0.9 over 100 samples is √(0.9 · 0.1 / 100) = 0.03.
  expect(bestEpochOf([0.9, 0.86, 0.871, 0.869], linear, accuracy)).toBe(3);
  expect(bestEpochOf([0.9, 0.86, 0.86, 0.86], linear, accuracy)).toBe(1);
  expect(bestEpochOf([0.9, 0.86, 0.86, 0.86], linear, { ...accuracy, samples: 25 })).toBe(4);
});

test("of a score whose error is not known it is the last of the highest", () => {
  const auc = { ...accuracy, metric: { name: "ROC-AUC", percent: false, chance: 0.5 } };
  expect(bestEpochOf([0.9, 0.8999, 0.9, 0.89], linear, auc)).toBe(3);
});

test("it is kept from epoch to epoch: the last epoch that was chosen when it ended", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 12 }), (hits) => {
      const scores = hits.map((n) => n / 100);
      const chosen = scores.flatMap((_, i) =>
        bestEpochOf(scores.slice(0, i + 1), linear, accuracy) === i + 1 ? i + 1 : [],
      );
      expect(bestEpochOf(scores, linear, accuracy)).toBe(chosen.at(-1));
    }),
  );
});
