import { describe, expect, test } from "vitest";
import { classTargets } from "../data/targets.js";
import { classification } from "./classification.js";
import { multiLabel } from "./multi-label.js";
import { requireScore } from "./require-targets.js";
import { rocAuc } from "./roc-auc.js";
import reference from "./roc-auc.reference.json" with { type: "json" };

describe("ROC-AUC is scikit-learn's, equal scores among them", () => {
  test.each(reference.sets)("set %#", ({ scores, y, auc }) => {
    expect(rocAuc(scores, y).value).toBeCloseTo(auc, 12);
  });

  test("label by label, and their mean, over what was measured", () => {
    const { scores, y, each, mean } = reference.labels;
    const targets = { data: Float32Array.from(y.flat(), (one) => one ?? NaN), shape: [3] };
    const objective = multiLabel(3);
    const outputs = { logits: scores.flat() };
    objective.each!(outputs, targets).forEach(({ value }, j) => expect(value).toBeCloseTo(each[j]!, 12));
    expect(objective.score(outputs, targets).value).toBeCloseTo(mean, 12);
  });
});

describe("two classes scored by ROC-AUC", () => {
  const objective = classification(2, { metric: "roc-auc" });
  const [{ scores, y, auc }] = reference.sets as [(typeof reference.sets)[0]];
  const logits = scores.flatMap((score) => [1 - score / 2, 1 + score / 2]);
  const targets = classTargets(y);

  test("are ranked by the difference of their logits, and each sample says what it adds", () => {
    const { value, contributions, hits } = objective.score({ logits }, targets);
    expect(value).toBeCloseTo(auc, 12);
    expect(hits).toBeUndefined();
    expect(contributions!.reduce((sum, one) => sum + one, 0) / y.length).toBeCloseTo(auc, 12);
    expect(objective.metric).toEqual({ name: "ROC-AUC", percent: false, chance: 0.5 });
  });

  test("lose, and have energy, as those scored by accuracy", () => {
    const { score, ...rest } = objective.measure({ logits }, targets);
    expect(score).toBeCloseTo(auc, 12);
    expect(classification(2).measure({ logits }, targets)).toMatchObject(rest);
  });

  test("count as a mean over batches in training, but for those of one class", () => {
    expect(objective.tally({ logits: [0, 1, 1, 0] }, classTargets([1, 0]))).toEqual({ sum: 2, of: 2 });
    expect(objective.tally({ logits: [0, 1, 1, 0] }, classTargets([1, 1]))).toEqual({ sum: 0, of: 0 });
  });

  test("are refused where there are more, or one alone", () => {
    expect(() => classification(3, { metric: "roc-auc" })).toThrow(/roc-auc tells two classes apart, and there are 3/);
    const one = { targets: classTargets([1, 1]) };
    expect(() => requireScore(objective, one, "validation")).toThrow(
      /the validation set has no ROC-AUC: among its 2 samples all are of one class; give more samples/,
    );
  });
});
