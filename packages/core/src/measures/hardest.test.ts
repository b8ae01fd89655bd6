import { describe, expect, test } from "vitest";
import { classTargets, numberTargets } from "../data/targets.js";
import { classification } from "../objectives/classification.js";
import { multiLabel } from "../objectives/multi-label.js";
import { regression } from "../objectives/regression.js";
import { hardestSamples } from "./hardest.js";

/** Logits whose softmax is p. */
const logitsOf = (...rows: number[][]): Float32Array => Float32Array.from(rows.flat(), Math.log);

describe("the hardest samples", () => {
  const logits = logitsOf([0.9, 0.1], [0.6, 0.4], [0.02, 0.98], [0.1, 0.9], [0.99, 0.01]);
  const targets = classTargets([0, 1, 0, 1, 1]);

  test("of classes are those that are wrong, highest loss first, with answer and probability", () => {
    const found = hardestSamples({ logits, targets }, classification(2), 9);
    expect(found.map(({ index, truth, answer }) => [index, truth, answer])).toEqual([
      [4, 1, 0],
      [2, 0, 1],
      [1, 1, 0],
    ]);
    expect(found[0]!.loss).toBeCloseTo(-Math.log(0.01), 4);
    expect(found[1]!.probability).toBeCloseTo(0.98, 6);
    expect(hardestSamples({ logits, targets }, classification(2), 2)).toHaveLength(2);
  });

  test("have doubtful labels where another answer is as sure as that class usually is", () => {
    const found = hardestSamples({ logits, targets }, classification(2), 9);
    expect(found.map(({ index, doubtful }) => [index, doubtful])).toEqual([
      [4, true],
      [2, true],
      [1, false],
    ]);
    // What no sample is labelled as, no label can be taken for.
    const unseen = hardestSamples({ logits, targets: classTargets([0, 0, 0, 0, 0]) }, classification(2), 9);
    expect(unseen.map(({ doubtful }) => doubtful)).toEqual([false, false]);
  });

  test("of labels name the label that is furthest off, and pass over what is not known", () => {
    const q = Float32Array.of(3, -4, 0.1, NaN, 5, 5);
    const known = numberTargets([
      [0, 1],
      [NaN, NaN],
      [1, 1],
    ]);
    const [first, ...others] = hardestSamples({ logits: q, targets: known }, multiLabel(2), 9);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ index: 0, output: 1, truth: 1, answer: 0 });
    expect(first!.probability).toBeCloseTo(1 - 1 / (1 + Math.exp(4)), 6);
  });

  test("of numbers are told in the user's unit", () => {
    const scale = { mean: [10, 100], deviation: [2, 5] };
    const y = numberTargets([
      [0, 0],
      [1, NaN],
    ]);
    const found = hardestSamples({ logits: Float32Array.of(0.5, -2, 1, 9), targets: y }, regression(2, { scale }), 9);
    expect(found).toEqual([
      { index: 0, loss: 2.125, output: 1, truth: 100, answer: 90, probability: null, doubtful: false },
      { index: 1, loss: 0, output: 0, truth: 12, answer: 12, probability: null, doubtful: false },
    ]);
  });

  test("leave out what is not finite", () => {
    const broken = { logits: Float32Array.of(NaN, NaN, 2, 1), targets: classTargets([1, 1]) };
    expect(hardestSamples(broken, classification(2), 9).map(({ index }) => index)).toEqual([1]);
  });
});
