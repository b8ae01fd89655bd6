import { expect, test } from "vitest";
import { calibration, fitTemperature } from "./calibration.js";
import { random } from "../data/random.js";

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

/** Labels drawn from softmax(q / 2.5), so that the logits are overconfident by a known factor. */
function overconfident(count: number, classes: number): { logits: number[]; labels: number[] } {
  const rng = random(4, "calibration");
  const logits = Array.from({ length: count * classes }, () => rng.normal(4));
  const labels = Array.from({ length: count }, (_, n) => {
    const p = Array.from({ length: classes }, (_, c) => Math.exp(logits[n * classes + c]! / 2.5));
    let left = rng.uniform() * p.reduce((a, b) => a + b);
    return p.findIndex((v) => (left -= v) < 0);
  });
  return { logits, labels };
}

test("the fitted temperature is where a fine grid of the cross-entropy has its minimum, and lowers the error", () => {
  const { logits, labels } = overconfident(1000, 5);
  const fitted = fitTemperature(logits, labels, 5);
  const grid = Array.from({ length: 301 }, (_, i) => 2 + i * 0.004);
  const nll = (temperature: number): number => calibration(logits, labels, 5, { temperature }).nll;
  const best = grid.reduce((a, b) => (nll(b) < nll(a) ? b : a));
  expect(Math.abs(fitted - best)).toBeLessThanOrEqual(0.004);
  expect(fitted).toBeCloseTo(2.5, 0);
  const [before, after] = [calibration(logits, labels, 5), calibration(logits, labels, 5, { temperature: fitted })];
  expect(before.ece).toBeGreaterThan(0.1);
  expect(after.ece).toBeLessThan(before.ece / 4);
});

test("a temperature changes no answer; without an optimum it stops at the ends", () => {
  const { logits, labels } = overconfident(300, 3);
  const right = (t: number): number =>
    calibration(logits, labels, 3, { temperature: t }).bins.reduce((sum, b) => sum + b.count * (b.accuracy ?? 0), 0);
  expect(right(3)).toBeCloseTo(right(1), 9);
  expect(fitTemperature([2, 0, 0, 1], [0, 1], 2)).toBeCloseTo(0.001, 6);
  expect(fitTemperature([2, 0, 0, 1], [1, 0], 2)).toBeCloseTo(1000, 3);
});
