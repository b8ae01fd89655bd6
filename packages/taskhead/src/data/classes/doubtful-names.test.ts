import { expect, test } from "vitest";
import { doubtfulNames } from "./doubtful-names.js";

test("names that read alike are told, classes and labels", () => {
  const [note, ...others] = doubtfulNames("multi-label", ["Old  barn", "old barn", "sea"], "a.csv");
  expect(note).toBe(
    "labels 'Old  barn', 'old barn' in a.csv differ in case, in spaces or in how a number is written: if they are one, give them one name",
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

test("numbers that are written in several ways are told, and names with letters that are not seen", () => {
  expect(doubtfulNames("classification", ["1", "1.0", "01", "2"], "a.csv")).toEqual([
    expect.stringMatching(/^classes '1', '1\.0', '01' in a\.csv differ/),
  ]);
  expect(doubtfulNames("classification", ["cat", "ca\u200bt", "1a", "01a"], "a.csv")).toEqual([
    expect.stringMatching(/^classes 'cat', 'ca\\u200bt' in a\.csv differ/),
  ]);
});

test("versions and codes are no numbers", () => {
  for (const names of [
    ["1.2.3", "1.2.4"],
    ["12345678901234567890", "12345678901234567891"],
    ["1e5", "100000"],
  ])
    expect(doubtfulNames("multi-label", names, "a.csv")).toEqual([]);
});

test("decimals with a comma are told, for no task learns them as numbers", () => {
  expect(doubtfulNames("classification", ["0,5", "1,25", "2"], "a.csv")).toEqual([
    "the classes of a.csv are numbers with fractions: if they are measured, write them with a point in place of the comma and give --task regression",
  ]);
  expect(doubtfulNames("classification", ["0,5", "a,b"], "a.csv")).toEqual([]);
});

test("a tag that begins otherwise than most is told, for it changes what entities are", () => {
  expect(doubtfulNames("token-classification", ["B-LOC", "B-PER", "B_PER", "I-PER", "O"], "a.conll")).toEqual([
    "tag 'B_PER' in a.conll does not begin with a letter and a hyphen, as the others do: entities are therefore told by equal tags in a row; mend what is mistyped",
  ]);
  expect(doubtfulNames("token-classification", ["B-LOC", "B-PER", "B_PER", "O"], "a.conll")).toHaveLength(1);
  expect(doubtfulNames("token-classification", ["PER", "LOC", "O"], "a.conll")).toEqual([]);
});
