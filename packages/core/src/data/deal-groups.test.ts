import { describe, expect, it } from "vitest";
import reference from "./stratified-group-k-fold.reference.json" with { type: "json" };
import { linkedGroups } from "./deal-groups.js";
import { foldsOf, split } from "./split.js";
import { classTargets, numberTargets } from "./targets.js";

/** 400 samples of 60 groups, the larger the lower their number; every fifth of class 1. */
const groups = Array.from({ length: 400 }, (_, i) => `g${Math.floor(60 * ((i * 7919) % 400) ** 2 * 400 ** -2)}`);
const classes = classTargets(Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? 1 : 0)));

const grouped = (targets: typeof classes, own: readonly string[], fraction: number, seed: number) =>
  split(targets, fraction, seed, undefined, own);

describe("a split that keeps groups together", () => {
  it("puts every sample on one side, no group on both, and as many as asked for of every class", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { train, validation } = grouped(classes, groups, 0.2, seed);
      expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i));
      const trained = new Set(train.map((i) => groups[i]));
      expect(validation.filter((i) => trained.has(groups[i]))).toEqual([]);
      expect(Math.abs(validation.length - 80)).toBeLessThanOrEqual(4);
      expect(Math.abs(validation.filter((i) => classes.data[i] === 1).length - 16)).toBeLessThanOrEqual(3);
    }
  });

  it("is decided by the seed alone", () => {
    expect(grouped(classes, groups, 0.2, 3)).toEqual(grouped(classes, groups, 0.2, 3));
    expect(grouped(classes, groups, 0.2, 3)).not.toEqual(grouped(classes, groups, 0.2, 4));
  });

  it("has a class of two groups on both sides, and trains on one of a single group", () => {
    const targets = classTargets([0, 0, 0, 0, 0, 0, 1, 1, 2, 2]);
    const own = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "i"];
    for (let seed = 0; seed < 10; seed++) {
      const { train, validation } = grouped(targets, own, 0.3, seed);
      expect(new Set(validation.map((i) => targets.data[i]))).toEqual(new Set([0, 1]));
      expect(new Set(train.map((i) => targets.data[i]))).toEqual(new Set([0, 1, 2]));
    }
  });

  it("does not take from a side what only one of two groups could bring it", () => {
    // Of class 2 there are two groups, each of which is also one of two of another class.
    const targets = classTargets([0, 2, 1, 2, 0, 1]);
    for (let seed = 0; seed < 10; seed++) {
      const { train, validation } = grouped(targets, ["a", "a", "b", "b", "c", "d"], 0.3, seed);
      for (const side of [train, validation]) expect(new Set(side.map((i) => targets.data[i]))).toContain(2);
    }
  });

  it("has both answers of every label on both sides, where they are known", () => {
    const rows = Array.from({ length: 100 }, (_, i) => [i % 10 === 0 ? 1 : 0, i % 3 ? (i % 20 === 1 ? 1 : 0) : NaN]);
    const own = rows.map((_, i) => `g${i % 50}`);
    const { train, validation } = grouped(numberTargets(rows), own, 0.2, 1);
    for (const part of [train, validation])
      for (const label of [0, 1]) expect(new Set(part.map((i) => rows[i]![label]!))).toContain(1);
  });

  it("of numbers trains on a large group, leaves a few equal ones to validation, and nothing of a single one", () => {
    const numbers = numberTargets(groups.map((_, i) => [i / 10]));
    const large = groups.map((_, i) => (i < 300 ? "" : `g${i}`));
    expect(grouped(numbers, large, 0.2, 0).validation.every((i) => i >= 300)).toBe(true);
    const three = groups.map((_, i) => `g${i % 3}`);
    expect(grouped(numbers, three, 0.2, 0).validation).toHaveLength(133);
    const one = groups.map(() => "a");
    expect(grouped(numbers, one, 0.2, 0)).toEqual({ train: groups.map((_, i) => i), validation: [] });
  });

  it("keeps groups together that share a copy", () => {
    expect(new Set(linkedGroups(["a", "b", "b", "c", "d"], ["1", "2", "1", "3", "2"])).size).toBe(2);
    const keys = groups.map((_, i) => `${i}`);
    expect(split(classes, 0.2, 5, keys, groups)).toEqual(grouped(classes, groups, 0.2, 5));
  });
});

/** As scikit-learn measures it: over the classes the mean of their shares' standard deviation over folds. */
function imbalance(folds: readonly (readonly number[])[], labels: readonly number[]): number {
  const names = [...new Set(labels)];
  const deviations = names.map((name) => {
    const all = labels.filter((label) => label === name).length;
    const shares = folds.map((fold) => fold.filter((i) => labels[i] === name).length / all);
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
    return Math.sqrt(shares.reduce((a, b) => a + (b - mean) ** 2, 0) / shares.length);
  });
  return deviations.reduce((a, b) => a + b, 0) / deviations.length;
}

describe("folds that keep groups together", () => {
  it.each(reference.cases)("are as balanced as scikit-learn's: $name", ({ classes: labels, groups, folds, k }) => {
    const theirs = Array.from({ length: k }, (_, fold) => folds.flatMap((own, i) => (own === fold ? [i] : [])));
    for (let seed = 0; seed < 5; seed++) {
      const ours = foldsOf(classTargets(labels), k, seed, undefined, groups.map(String));
      expect(ours.flat().sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
      const inFolds = groups.map((group) => ours.filter((fold) => fold.some((i) => groups[i] === group)).length);
      expect(new Set(inFolds)).toEqual(new Set([1]));
      expect(imbalance(ours, labels)).toBeLessThan(1.5 * imbalance(theirs, labels) + 0.01);
    }
  });

  it("give every fold a class that is in as many groups as there are folds", () => {
    for (let seed = 0; seed < 10; seed++)
      for (const fold of foldsOf(classes, 5, seed, undefined, groups))
        expect(new Set(fold.map((i) => classes.data[i])).size).toBe(2);
  });
});
