import type { DataSummary } from "@taskhead/core/internals";
import { expect, it } from "vitest";
import { plain } from "./format.js";
import { quotedOf } from "./quoted.js";

const none = { count: 0, examples: [] };
const set = (count: number) => ({ path: null, count, skipped: 0 });
const data: DataSummary = {
  sample: "image",
  objective: "classification",
  outputs: ["a", "b"],
  train: set(100),
  validation: set(20),
  test: set(30),
  ood: [],
  gaps: [],
  duplicates: { across: [], contradicting: none, repeated: [], unseenTest: [] },
  groups: null,
};
const leaking: DataSummary = {
  ...data,
  duplicates: { ...data.duplicates!, across: [{ set: "test", earlier: "training", count: 30, examples: [] }] },
};

it("quotes the test samples that nothing has seen, and validation where there are none", () => {
  const best: Parameters<typeof quotedOf>[0] = { validationScore: 0.7, testScore: 0.6, unseenTest: null };
  const said = (one: typeof best, of: DataSummary): string => {
    const { score, samples } = quotedOf(one, of);
    return `${score} of ${plain(samples)}`;
  };
  expect(said(best, data)).toBe("0.6 of 30 test images");
  expect(said({ ...best, unseenTest: { count: 12, score: 0.5 } }, leaking)).toBe("0.5 of 12 unseen test images");
  expect(said(best, leaking)).toBe("0.7 of 20 validation images");
  expect(said({ ...best, testScore: null }, { ...data, test: null })).toBe("0.7 of 20 validation images");
});
