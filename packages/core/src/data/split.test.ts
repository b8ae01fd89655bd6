import { describe, expect, it } from "vitest";
import { split, stratifiedSplit } from "./split.js";
import { classTargets, numberTargets } from "./targets.js";

const labels = [...Array<number>(50).fill(0), ...Array<number>(20).fill(2), 1, 1, 3];

describe("a stratified split", () => {
  it("puts every index on exactly one side, in order", () => {
    const { train, validation } = stratifiedSplit(labels, 0.2, 7);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    for (const side of [train, validation]) expect(side).toEqual([...side].sort((a, b) => a - b));
  });

  it("takes the fraction from every class, at least one from a class of two, none from a class of one", () => {
    const { validation } = stratifiedSplit(labels, 0.2, 7);
    const count = (label: number): number => validation.filter((i) => labels[i] === label).length;
    expect([0, 1, 2, 3].map(count)).toEqual([10, 1, 4, 0]);
    const most = stratifiedSplit(labels, 0.99, 7);
    expect([0, 1, 2].map((label) => most.train.filter((i) => labels[i] === label).length)).toEqual([1, 1, 1]);
  });

  it("is the same for the same seed and another for another seed", () => {
    expect(stratifiedSplit(labels, 0.2, 7)).toEqual(stratifiedSplit(labels, 0.2, 7));
    expect(stratifiedSplit(labels, 0.2, 8)).not.toEqual(stratifiedSplit(labels, 0.2, 7));
  });

  it("chooses every sample about equally often", () => {
    const same = Array.from({ length: 20 }, () => 0);
    const chosen = [...same];
    for (let seed = 0; seed < 2000; seed++) for (const i of stratifiedSplit(same, 0.25, seed).validation) chosen[i]!++;
    // 500 expected, standard deviation 19.
    expect(Math.min(...chosen)).toBeGreaterThan(400);
    expect(Math.max(...chosen)).toBeLessThan(600);
  });
});

describe("a split by targets", () => {
  it("is stratified for class indices", () => {
    expect(split(classTargets(labels), 0.2, 7)).toEqual(stratifiedSplit(labels, 0.2, 7));
  });

  it("stays the same to the last index from version to version", () => {
    expect(split(classTargets([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]), 0.4, 3).validation).toEqual([1, 6, 8, 9]);
  });

  it("is random for numbers, whatever they are", () => {
    const rows = Array.from({ length: 50 }, (_, i) => [i % 3 === 0 ? NaN : i, 1]);
    const { train, validation } = split(numberTargets(rows), 0.2, 7);
    expect(validation).toHaveLength(10);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
    expect(split(numberTargets(rows.map(() => [0, 0])), 0.2, 7)).toEqual({ train, validation });
  });

  it("keeps at least one on either side, and a single one for training", () => {
    expect(split(numberTargets([[1], [2]]), 0.01, 0).validation).toHaveLength(1);
    expect(split(numberTargets([[1]]), 0.5, 0)).toEqual({ train: [0], validation: [] });
  });
});

describe("samples that are the same", () => {
  const side = ({ validation }: { validation: number[] }, n: number): boolean => validation.includes(n);

  it("stay on one side, whatever the seed; the others are split as before", () => {
    const keys = labels.map((_, n) => (n < 12 ? `copy ${n % 4}` : `${n}`));
    for (let seed = 0; seed < 50; seed++) {
      const parts = stratifiedSplit(labels, 0.2, seed, keys);
      for (let n = 0; n < 12; n++) expect(side(parts, n)).toBe(side(parts, n % 4));
      const zeros = parts.validation.filter((n) => labels[n] === 0).length;
      expect(zeros).toBeGreaterThanOrEqual(9);
      expect(zeros).toBeLessThanOrEqual(11);
      expect([...parts.train, ...parts.validation].sort((a, b) => a - b)).toEqual(labels.map((_, n) => n));
    }
    const distinct = labels.map((_, n) => `${n}`);
    expect(stratifiedSplit(labels, 0.2, 7, distinct)).toEqual(stratifiedSplit(labels, 0.2, 7));
  });

  it("are trained on where they have several classes, and where a class is nothing else", () => {
    const { validation } = stratifiedSplit([0, 0, 0, 1, 1, 1], 0.5, 1, ["a", "b", "c", "a", "d", "d"]);
    expect(validation).toHaveLength(1);
    expect([1, 2]).toContain(validation[0]);
  });

  it("leave something on either side, and no more than half too many in validation", () => {
    for (let seed = 0; seed < 20; seed++)
      for (const keys of [
        ["a", "a", "b", "b"],
        ["a", "a", "a", "b"],
        ["a", "b", "b", "b", "b", "b"],
      ]) {
        const parts = split(numberTargets(keys.map(() => [1])), 0.2, seed, keys);
        expect(parts.train.length).toBeGreaterThan(0);
        expect(parts.validation.length).toBeGreaterThan(0);
        expect(parts.validation.length).toBeLessThanOrEqual(2);
      }
  });
});

it("a split refuses a fraction that is none, and what is not there for every sample", () => {
  const four = classTargets([0, 0, 1, 1]);
  for (const fraction of [0, 1, -0.2, NaN])
    expect(() => split(four, fraction, 0)).toThrow(`fraction wants a number above 0 and below 1, not ${fraction}`);
  expect(() => split(four, 0.5, 0, ["a"])).toThrow("there are 1 keys for 4 samples; give one of each");
  expect(() => split(four, 0.5, 0, undefined, ["a", "b", "c"])).toThrow("there are 3 groups for 4 samples");
});
