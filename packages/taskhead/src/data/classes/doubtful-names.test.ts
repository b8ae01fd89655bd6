import { expect, test } from "vitest";
import { doubtfulNames } from "./doubtful-names.js";

test("names that differ in case or spaces alone are told, classes and labels", () => {
  const [note, ...others] = doubtfulNames("multi-label", ["Old  barn", "old barn", "sea"], "a.csv");
  expect(note).toBe(
    "labels 'Old  barn', 'old barn' in a.csv differ in case or spaces alone: if they are one, give them one name",
  );
  expect(others).toEqual([]);
});

test("classes that are numbers with fractions are told, for they are measured", () => {
  expect(doubtfulNames("classification", ["-0.77", "-3.3", "1e-2"], "esol.csv")).toEqual([
    "the classes of esol.csv are numbers with fractions: if they are measured, give --task regression",
  ]);
  // Stars, numbers of classes that a program has made floats of, versions, and what is learnt as numbers already.
  expect(doubtfulNames("classification", ["1", "2", "3"], "a.csv")).toEqual([]);
  expect(doubtfulNames("classification", ["0.0", "1.0"], "a.csv")).toEqual([]);
  expect(doubtfulNames("classification", ["1.5", "2.0", "beta"], "a.csv")).toEqual([]);
  expect(doubtfulNames("regression", ["0.5", "0.7"], "a.csv")).toEqual([]);
});
