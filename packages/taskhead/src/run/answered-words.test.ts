import { expect, test } from "vitest";
import { answeredWords } from "./answered-words.js";

test("words that have a tag and an answer are scored, each with the logits of its place", () => {
  const rows = [Float32Array.of(1, 2, NaN, NaN, 3, 4), Float32Array.of(5, 6, 7, 8)];
  const { logits, targets, words, lost } = answeredWords(
    rows,
    [
      [1, 0, 0],
      [-1, 1],
    ],
    2,
  );
  expect([...logits]).toEqual([1, 2, 3, 4, 7, 8]);
  expect([[...targets.data], [...targets.starts!]]).toEqual([
    [1, 0, 1],
    [0, 2, 3],
  ]);
  expect(words).toEqual([[0, 2], [1]]);
  expect(lost).toBe(1);
});
