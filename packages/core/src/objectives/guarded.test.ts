import { expect, test } from "vitest";
import { classTargets, numberTargets, unitTargets, type Targets } from "../data/targets.js";
import { classification } from "./classification.js";
import { multiLabel } from "./multi-label.js";
import type { Objective } from "./objective.js";
import { regression } from "./regression.js";
import { segmentation } from "./segmentation.js";
import { tokenClassification } from "./token-classification.js";

const yes = [1, 0, 1, 1];
const cases: [string, Objective, Targets][] = [
  ["classes", classification(2), classTargets(yes)],
  ["ranked classes", classification(2, { metric: "roc-auc" }), classTargets(yes)],
  ["labels", multiLabel(2), numberTargets(yes.map((y) => [y, 1 - y]))],
  ["numbers", regression(2), numberTargets(yes.map((y, n) => [y, n]))],
  [
    "tags",
    tokenClassification(["O", "B-X"]),
    unitTargets([
      [0, 1],
      [1, 0],
    ]),
  ],
  [
    "words",
    tokenClassification(["noun", "verb"]),
    unitTargets([
      [0, 1],
      [1, 0],
    ]),
  ],
  ["maps", segmentation(2), { data: Int32Array.from(yes), shape: [2, 2] }],
];

const logits = [0.1, 1, 2, -1, 0.5, 0.3, -2, 0.7];

test.each(cases)("%s: outputs that are no numbers have no score, not even where one is", (_, objective, targets) => {
  expect(objective.score({ logits }, targets).value).not.toBeNaN();
  for (const wrong of [logits.map(() => NaN), logits.with(3, NaN)]) {
    expect(objective.score({ logits: wrong }, targets).value).toBeNaN();
    const { loss, score } = objective.measure({ logits: wrong }, targets);
    expect(loss).toBeNaN();
    expect(score).toBeNaN();
  }
});

test.each(cases)("%s: logits of other samples are refused, in numbers", (_, objective, targets) => {
  for (const length of [2, 20]) {
    const outputs = { logits: new Float32Array(length) };
    for (const ask of [objective.measure, objective.score, objective.residual, objective.tally])
      expect(() => ask(outputs, targets)).toThrow(`takes 8 logits, 2 for each, not ${length}`);
  }
});

test("what is unknown needs no number", () => {
  const targets = numberTargets([[1], [NaN], [3], [2]]);
  const { loss } = regression(1).measure({ logits: [1, 5, 3, 2] }, targets);
  expect(loss).toBe(0);
});

test("tags of whole texts are refused", () => {
  const { score } = tokenClassification(["O", "B-X"]);
  expect(() => score({ logits }, classTargets(yes))).toThrow("give one for each word (unitTargets)");
});
