import { classTargets } from "@taskhead/core";
import { expect, test } from "vitest";
import type { SetName } from "../data/sets.js";
import type { OpenedSamples } from "./samples.js";
import { dividedSamples, setsOf } from "./sets-of.js";

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

const modality = { sample: "text" } as OpenedSamples["modality"];

test("samples of one group stay on one side, which is said; where no group can be spared it is refused", () => {
  const of = Array.from({ length: 20 }, (_, i) => (i < 19 ? `${Math.floor(i / 4)}` : null));
  const project = { task: "classification", outputs: ["a", "b"], groups: { column: "author", of } } as const;
  const { places, said } = dividedSamples(project, { ...samples, modality });
  const sides = of.map((_, i) => places.validation.includes(i));
  for (const [i, group] of of.entries()) if (group !== null) expect(sides[i]).toBe(sides[of.indexOf(group)]);
  expect(places.validation.length).toBeGreaterThan(0);
  expect(said).toEqual([
    expect.stringMatching(/^Keeps texts of one 'author' together: \d to train on with \d+ texts, \d others? to/),
  ]);
  const one = { ...project, groups: { column: "author", of: of.map(() => "me") } };
  expect(() => dividedSamples(one, { ...samples, modality })).toThrow(
    "no class in what was given has a second 'author' to validate on; add texts of others, leave --group out, or give others to validate on with --val",
  );
  // Where sets were given nothing is divided.
  const own = { ...one, sets: { where: {}, of: of.map((__, i): SetName => (i < 5 ? "validation" : "train")) } };
  expect(dividedSamples(own, { ...samples, modality })).toMatchObject({
    places: { validation: [0, 1, 2, 3, 4] },
    said: [],
  });
});
