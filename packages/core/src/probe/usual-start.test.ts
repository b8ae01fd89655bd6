import { expect, test } from "vitest";
import { usualStart } from "./usual-start.js";

/** Heads after so many epochs: energy on training and on validation samples. */
const stops = (...all: [tau: number, energy: number, validationEnergy: number | null][]) =>
  all.map(([tau, energy, validationEnergy]) => ({ tau, energy, validationEnergy }));

test("is where half of the energy is left, as long as probing takes energy of samples that it has not seen, too", () => {
  expect(usualStart(stops([0, 0.9, 0.9], [1, 0.7, 0.75], [2, 0.47, 0.6], [4, 0.3, 0.5], [8, 0.2, 0.55]))).toBe(2);
});

test("is earlier where that energy is lowest before: then training samples are learned by heart", () => {
  const byHeart = stops([0, 0.7, 0.7], [0.125, 0.6, 0.62], [0.25, 0.5, 0.58], [1, 0.45, 0.6], [8, 0.35, 0.66]);
  expect(usualStart(byHeart)).toBe(0.25);
  expect(usualStart(byHeart.toReversed())).toBe(0.25);
  // Nothing helps unseen samples: then the head is not probed.
  expect(usualStart(stops([0, 0.7, 0.7], [1, 0.5, 0.8], [8, 0.35, 0.9]))).toBe(0);
});

test("is where half is left, where there are no validation samples", () => {
  expect(usualStart(stops([0, 0.7, null], [0.25, 0.5, null], [8, 0.35, null]))).toBe(8);
});
