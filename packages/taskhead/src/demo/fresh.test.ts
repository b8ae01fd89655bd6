import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { drawings } from "./drawings.js";
import { freshSteps, onFreshDraws } from "./fresh.js";
import type { DemoTask } from "./task.js";

test("fresh draws are scored after every pass, the same each time, apart from one another", async () => {
  const { signal } = new AbortController();
  let steps = 0;
  const options = { runtime: ort, device: "cpu", threads: 1, epochs: 1, alone: 2, prepared: 1, signal } as const;
  const of = (seeds: readonly number[]): DemoTask => ({ ...drawings, seeds });
  const both = await onFreshDraws(of([101, 102]), { ...options, onStep: (done) => (steps = done) });
  const second = await onFreshDraws(of([102]), { ...options, onStep: () => {} });
  expect(both.trained).toBe(120);
  expect([steps, freshSteps(of([101, 102]), 1)]).toEqual([32, 32]);
  expect([both.alone.length, both.random.map((course) => course.length)]).toEqual([2, [1, 1]]);
  expect([both.alone[1], both.random[1], both.prepared[1]]).toEqual([
    second.alone[0],
    second.random[0],
    second.prepared[0],
  ]);
  // Every score is a share of the test images.
  for (const score of [...both.alone, ...both.random.flat(), ...both.prepared.flat()])
    expect(Math.abs(score * both.tested - Math.round(score * both.tested))).toBeLessThan(1e-9);
  expect(both.features.places.map((places) => places.length)).toEqual([250, 250, 250]);
  expect(both.features.places[1]).not.toEqual(both.features.places[0]);
});
