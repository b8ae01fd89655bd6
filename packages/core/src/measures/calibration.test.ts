import { expect, test } from "vitest";
import { calibration } from "./calibration.js";

/** Logits of two classes whose first has probability p. */
const sure = (p: number): number[] => [Math.log(p / (1 - p)), 0];

test("the error is the gap between confidence and accuracy, weighted by bin", () => {
  // Ten answers at 0.9, eight of them right; five at 0.6, all right.
  const logits = [...Array(10).fill(sure(0.9)), ...Array(5).fill(sure(0.6))].flat() as number[];
  const labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
  const { ece, nll, bins } = calibration(logits, labels, 2);
  expect(ece).toBeCloseTo((10 * 0.1 + 5 * 0.4) / 15, 10);
  expect(nll).toBeCloseTo(-(8 * Math.log(0.9) + 2 * Math.log(0.1) + 5 * Math.log(0.6)) / 15, 10);
  expect(bins).toHaveLength(15);
  const filled = bins.filter((b) => b.count);
  expect(filled.map((b) => [b.count, b.accuracy])).toEqual([
    [5, 1],
    [10, 0.8],
  ]);
  for (const { from, to, confidence } of filled) {
    expect(confidence).toBeGreaterThan(from);
    expect(confidence).toBeLessThanOrEqual(to);
  }
});

test("answers as sure as they are right have no error, whatever the bins", () => {
  const logits = Array(10).fill(sure(0.8)).flat() as number[];
  const labels = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  for (const bins of [1, 7, 15]) expect(calibration(logits, labels, 2, { bins }).ece).toBeCloseTo(0, 10);
});

test("a temperature for each sample is that of its own row", () => {
  const logits = [2, 0, 0, 3];
  const each = calibration(logits, [0, 0], 2, { temperature: [2, 1] });
  expect(each.nll).toBeCloseTo((Math.log(1 + Math.exp(-1)) + Math.log(1 + Math.exp(3))) / 2, 10);
});
