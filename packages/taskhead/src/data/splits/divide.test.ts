import { classTargets, numberTargets } from "@taskhead/core";
import { expect, it } from "vitest";
import { divide } from "./divide.js";

const labels = [0, 0, 0, 0, 1, 1, 1, 1];
const together = { keys: labels.map((_, i) => `${i}`), groups: undefined, sample: "image" };
const dividing = (folds: number, fold: number) => ({ valFraction: 0.2, seed: 0, folds, fold });

it("folds of one class are refused before the first run, whichever fold it is of", () => {
  expect(() => divide(classTargets(labels), dividing(8, 1), together)).toThrow(
    /^--folds 8 leaves fold 1 with images of one class, and nothing can be chosen by those; give a smaller number$/,
  );
  const groups = ["a", "a", "b", "b", "a", "b", "c", "c"];
  expect(() => divide(classTargets(labels), dividing(3, 1), { ...together, groups })).toThrow(/leaves fold \d with/);
  expect(divide(classTargets(labels), dividing(4, 2), together).validation).toHaveLength(2);
});

it("numbers have no classes: every fold may be of one sample", () => {
  const targets = numberTargets(labels.map((label) => [label]));
  expect(divide(targets, dividing(8, 3), together).validation).toHaveLength(1);
});
