import { describe, expect, it } from "vitest";
import { classTargets, numberTargets, type Targets } from "../data/targets.js";
import { classification } from "../objectives/classification.js";
import { gapsOf } from "../objectives/gaps.js";
import { multiLabel } from "../objectives/multi-label.js";
import { regression } from "../objectives/regression.js";
import { dataNotes } from "./data-notes.js";
import type { DataSummary } from "./results.js";

const none = { count: 0, examples: [] };
const distinct = { across: [], contradicting: none, repeated: [], unseenTest: [] };

function data(changes: Partial<DataSummary>): DataSummary {
  return {
    sample: "image",
    objective: "classification",
    outputs: [],
    train: { path: "photos", count: 10, skipped: 0 },
    validation: { path: null, count: 4, skipped: 0 },
    test: null,
    ood: [],
    gaps: [],
    duplicates: distinct,
    groups: null,
    ...changes,
  };
}

describe("outputs that a set says too little of", () => {
  const names = ["a", "b", "c", "d"];
  const train = classTargets([0, 0, 1, 2]);
  const classGaps = (own: Targets, set: "validation" | "test", outputs = names) =>
    gapsOf(classification(4), own, outputs, set, train);

  it("are classes without a sample, those that the split could not validate in one line", () => {
    const gaps = classGaps(classTargets([0, 3]), "validation");
    expect(gaps.map(({ output, trained }) => [output, trained])).toEqual([
      ["b", 1],
      ["c", 1],
    ]);
    expect(dataNotes(data({ gaps }))).toEqual([
      "classes 'b' and 'c' have one image each, so none is left to validate on",
    ]);
    expect(dataNotes(data({ gaps: gaps.slice(0, 1) }))).toEqual([
      "class 'b' has one image, so none is left to validate on",
    ]);
    const given = { path: "val", count: 2, skipped: 0 };
    expect(dataNotes(data({ gaps, validation: given }))).toEqual([
      "classes 'b' and 'c' have no validation image: nothing says how well they are learned",
    ]);
    expect(dataNotes(data({ gaps: classGaps(classTargets([0, 1, 2]), "test") }))).toEqual([
      "class 'd' has no test image: the test score says nothing of it",
    ]);
  });

  it("are many, of which the first are named", () => {
    const outputs = Array.from({ length: 12 }, (_, i) => `c${i}`);
    const gaps = gapsOf(
      classification(12),
      classTargets([0]),
      outputs,
      "validation",
      classTargets(outputs.map((_, i) => i)),
    );
    expect(dataNotes(data({ gaps }))[0]).toBe(
      "classes 'c1', 'c2', 'c3', 'c4', 'c5' and 6 more have one image each, so none is left to validate on",
    );
  });

  it("are labels without yes or no, and numbers without variety, where they are known", () => {
    const rows = numberTargets([
      [1, 0, 1],
      [NaN, 0, 0],
    ]);
    const labels = gapsOf(multiLabel(3), rows, ["x", "y", "z"], "validation");
    expect(dataNotes(data({ objective: "multi-label", gaps: labels }))).toEqual([
      "label 'x' is yes in all validation images where it is known: nothing says how well it is learned",
      "label 'y' is no in all validation images where it is known: nothing says how well it is learned",
    ]);
    const numbers = gapsOf(regression(3), rows, ["x", "y", "z"], "training");
    expect(dataNotes(data({ objective: "regression", gaps: numbers }))).toEqual([
      "numbers 'x' and 'y' are the same in all training images: they cannot be learned",
    ]);
  });
});

it("groups that are in two sets are named, with how many samples are of them", () => {
  const overlap = { set: "test", earlier: "training", groups: 4, samples: 9, examples: ["p1", "p2", "p3"] } as const;
  const groups = { train: 20, validation: 5, overlaps: [overlap] };
  expect(dataNotes(data({ groups }))).toEqual([
    "4 groups of the test set are also in the training set ('p1', 'p2', 'p3', 1 more; 9 test images), so the test score flatters: keep each in one of the two",
  ]);
});

describe("samples that occur twice", () => {
  it("have a line for each pair of sets, for those that contradict, and for copies", () => {
    const pairs = (count: number) => ({ count, examples: [["b.jpg", "a.jpg"]] as const });
    const notes = dataNotes(
      data({
        duplicates: {
          across: [
            { set: "validation", earlier: "training", ...pairs(1) },
            { set: "test", earlier: "training", ...pairs(4) },
          ],
          contradicting: pairs(2),
          repeated: [{ set: "training", ...pairs(1) }],
          unseenTest: [],
        },
      }),
    );
    expect(notes).toEqual([
      "1 validation image is also in the training set (b.jpg is a.jpg), so what is chosen on it was trained on: remove it from one of the two",
      "4 test images are also in the training set (b.jpg is a.jpg, and 3 more), so the test score flatters: remove them from one of the two",
      "2 images are the same as another of another class (b.jpg is a.jpg, and 1 more): keep the right one of each",
      "1 training image is a copy of another (b.jpg is a.jpg) and counts again, though never on both sides of the split",
    ]);
  });

  it("are nothing to speak of where there are none, or no one knows", () => {
    expect(dataNotes(data({}))).toEqual([]);
    expect(dataNotes(data({ duplicates: null }))).toEqual([]);
  });
});
