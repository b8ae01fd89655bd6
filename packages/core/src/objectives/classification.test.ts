import { expect, test } from "vitest";
import { classTargets } from "../data/targets.js";
import { classification } from "./classification.js";
import { energyOf } from "./energy.js";
import { softmax } from "./logits.js";

const energy = (logits: ArrayLike<number>, labels: number[], classes: number): number =>
  classification(classes).measure({ logits }, classTargets(labels)).energy;

test("energy is the mean distance between label and probabilities", () => {
  // p = (3/4, 1/4): ‖(1, 0) − p‖ = √2/4 and ‖(0, 1) − p‖ = 3√2/4.
  const q = Math.log(3);
  expect(energy([q, 0, q, 0], [0, 1], 2)).toBeCloseTo(Math.SQRT2 / 2, 12);
});

test("energy of uniform probabilities is √(1 − 1/k)", () => {
  expect(energy(new Float32Array(20), [3, 9], 10)).toBeCloseTo(Math.sqrt(0.9), 12);
});

test("energy ends at 0 and √2, whatever the size of the logits", () => {
  expect(energy([1e4, 0], [0], 2)).toBe(0);
  expect(energy([1e4, 0], [1], 2)).toBeCloseTo(Math.SQRT2, 12);
});

test("cross-entropy and accuracy of equal logits: log k, and the first class wins", () => {
  const { loss, score } = classification(2).measure({ logits: [5, 5, 5, 5] }, classTargets([0, 1]));
  expect(loss).toBeCloseTo(Math.LN2, 12);
  expect(score).toBe(0.5);
});

test("one pass gives what the measures give one by one", () => {
  const logits = Float32Array.from({ length: 60 }, (_, i) => 3 * Math.sin(i * i));
  const labels = Array.from({ length: 12 }, (_, i) => i % 5);
  const targets = classTargets(labels);
  const p = softmax(logits, 5);
  const distance = (n: number) =>
    Math.hypot(...Array.from({ length: 5 }, (_, c) => p[5 * n + c]! - +(c === labels[n])));
  const objective = classification(5);
  const { loss, energy: e, score } = objective.measure({ logits }, targets);
  expect(loss).toBeCloseTo(labels.reduce((sum, y, n) => sum - Math.log(p[5 * n + y]!), 0) / 12, 12);
  expect(e).toBeCloseTo(labels.reduce((sum, _, n) => sum + distance(n), 0) / 12, 12);
  expect(energyOf(objective.residual({ logits }, targets), 5)).toBeCloseTo(e, 12);
  expect(score).toBe(objective.score({ logits }, targets).value);
  const single = objective.measure({ logits, activated: Float32Array.from(p) }, targets);
  expect(single.loss).toBeCloseTo(loss, 7);
  expect(single.energy).toBeCloseTo(e, 7);
});

test("hits name the rows that are right", () => {
  expect(classification(2).score({ logits: [2, 1, 0, 3, 1, 1] }, classTargets([0, 0, 0]))).toEqual({
    value: 2 / 3,
    hits: "101",
  });
});

test("a label that is no class is an error, of the residual, the loss and the score alike", () => {
  const [objective, outputs, targets] = [classification(2), { logits: [1, 0] }, classTargets([2])];
  for (const f of [objective.residual, objective.measure, objective.score, objective.tally])
    expect(() => f(outputs, targets)).toThrow(/^sample 0 has class 2, but there are 2 \(0 to 1\); correct it/);
});
