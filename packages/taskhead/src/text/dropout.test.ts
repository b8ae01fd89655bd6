import { expect, test } from "vitest";
import { withoutDropout } from "./dropout.js";

test("dropout that a framework would train with is told of, as no export has it", () => {
  const config = { hidden_dropout_prob: 0.1, attention_probs_dropout_prob: 0.2, classifier_dropout: 0.3 };
  expect(withoutDropout({ "config.json": config })).toBe(
    "nothing drops out in the backbone: exported models have no Dropout left, where config.json has hidden_dropout_prob 0.1, attention_probs_dropout_prob 0.2",
  );
  expect(withoutDropout({ "config.json": { hidden_dropout_prob: 0 } })).toBeUndefined();
  expect(withoutDropout({})).toBeUndefined();
});
