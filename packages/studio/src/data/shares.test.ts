import { expect, test } from "vitest";
import { sharesOf } from "./shares.js";

const texts = (targets: (number | number[])[]) => targets.map((target) => ({ name: "", text: "", target }));

test("classes, labels and tags are counted, numbers have a range", () => {
  const classes = { task: "classification", outputs: ["a", "b"], texts: texts([1, 0, 1]) } as const;
  expect(sharesOf(classes)).toEqual([
    { output: "a", count: 1 },
    { output: "b", count: 2 },
  ]);
  const labels = {
    task: "multi-label",
    outputs: ["a", "b"],
    texts: texts([
      [1, NaN],
      [1, 0],
    ]),
  } as const;
  expect(sharesOf(labels)).toEqual([
    { output: "a", count: 2 },
    { output: "b", count: 0 },
  ]);
  const tags = { task: "token-classification", outputs: ["B-A", "O"], texts: texts([[1, 0, -1], [1]]) } as const;
  expect(sharesOf(tags)).toEqual([
    { output: "B-A", count: 1 },
    { output: "O", count: 2 },
  ]);
  const numbers = {
    task: "regression",
    outputs: ["n", "m"],
    texts: texts([
      [1.5, NaN],
      [-2, NaN],
      [NaN, NaN],
    ]),
  } as const;
  expect(sharesOf(numbers)).toEqual([
    { output: "n", range: [-2, 1.5] },
    { output: "m", range: null },
  ]);
});
