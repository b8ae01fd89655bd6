import { classTargets, numberTargets } from "@taskhead/core";
import { expect, test } from "vitest";
import { scaffoldSplit } from "./scaffold-split.js";

/** 400 molecules of 60 scaffolds, the larger the lower their number; every fifth of class 1. */
const scaffolds = Array.from({ length: 400 }, (_, i) => `s${Math.floor(60 * ((i * 7919) % 400) ** 2 * 400 ** -2)}`);
const classes = classTargets(Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? 1 : 0)));

test("no scaffold is on both sides, all samples are on one, and the sizes are as asked for", () => {
  for (let seed = 0; seed < 20; seed++) {
    const { train, validation } = scaffoldSplit(classes, scaffolds, 0.2, seed);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i));
    const trained = new Set(train.map((i) => scaffolds[i]));
    expect(validation.filter((i) => trained.has(scaffolds[i]))).toEqual([]);
    expect(Math.abs(validation.length - 80)).toBeLessThan(12);
    for (const part of [train, validation]) expect(new Set(part.map((i) => classes.data[i]))).toEqual(new Set([0, 1]));
  }
});

test("the seed decides, and nothing else", () => {
  const split = (seed: number) => scaffoldSplit(classes, scaffolds, 0.2, seed).validation;
  expect(split(3)).toEqual(split(3));
  expect(split(3)).not.toEqual(split(4));
});

test("a class of two scaffolds is on both sides, one of a single scaffold is trained on", () => {
  const targets = classTargets([0, 0, 0, 0, 0, 0, 1, 1, 2, 2]);
  const own = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "i"];
  for (let seed = 0; seed < 10; seed++) {
    const { train, validation } = scaffoldSplit(targets, own, 0.3, seed);
    expect(new Set(validation.map((i) => targets.data[i]))).toEqual(new Set([0, 1]));
    expect(new Set(train.map((i) => targets.data[i]))).toEqual(new Set([0, 1, 2]));
  }
});

test("both sides have both answers of every label, where they are known", () => {
  const rows = Array.from({ length: 100 }, (_, i) => [i % 10 === 0 ? 1 : 0, i % 3 === 0 ? NaN : i % 20 === 1 ? 1 : 0]);
  const targets = numberTargets(rows);
  const own = rows.map((_, i) => `s${i % 50}`);
  const { train, validation } = scaffoldSplit(targets, own, 0.2, 1);
  for (const part of [train, validation])
    for (const label of [0, 1]) expect(new Set(part.map((i) => rows[i]![label]!))).toContain(1);
});

test("a scaffold that is too large for validation is trained on, and a single one leaves nothing to validate on", () => {
  const numbers = numberTargets(scaffolds.map((_, i) => [i / 10]));
  const own = scaffolds.map((_, i) => (i < 300 ? "" : `s${i}`));
  expect(scaffoldSplit(numbers, own, 0.2, 0).validation.filter((i) => i < 300)).toEqual([]);
  expect(
    scaffoldSplit(
      numbers,
      scaffolds.map(() => "a"),
      0.2,
      0,
    ).validation,
  ).toEqual([]);
});
