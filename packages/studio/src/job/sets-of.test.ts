import { classTargets } from "@taskhead/core";
import { expect, test } from "vitest";
import type { SetName } from "../data/sets.js";
import { setsOf } from "./sets-of.js";

const samples = {
  targets: classTargets(Array.from({ length: 20 }, (_, i) => i % 2)),
  keys: Array.from({ length: 20 }, (_, i) => String(i)),
};

test("sets are as they were given, and a part of those to train on is kept back where none validate", () => {
  const tested = Array.from({ length: 20 }, (_, i): SetName => (i < 5 ? "test" : "train"));
  const drawn = setsOf(samples, tested);
  expect(drawn.test).toEqual([0, 1, 2, 3, 4]);
  expect(drawn.validation).toHaveLength(3);
  expect([...drawn.train, ...drawn.validation].toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 15 }, (_, i) => i + 5),
  );
  const own = setsOf(
    samples,
    tested.map((set, i) => (i === 19 ? "validation" : set)),
  );
  expect(own).toMatchObject({ validation: [19], test: [0, 1, 2, 3, 4] });
  expect(own.train).toEqual(Array.from({ length: 14 }, (_, i) => i + 5));
  expect(setsOf(samples).test).toEqual([]);
});
