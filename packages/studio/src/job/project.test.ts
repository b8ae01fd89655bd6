import { expect, test } from "vitest";
import { settingsOf, targetsOf } from "./project.js";

test("targets are as training takes them, also after they were kept", () => {
  const kept = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  const classes = { task: "classification", outputs: ["a", "b"], targets: [1, 0] } as const;
  expect(targetsOf(kept(classes))).toEqual({ data: Int32Array.of(1, 0), shape: [] });
  const numbers = {
    task: "regression",
    outputs: ["n", "m"],
    targets: [
      [1.5, NaN],
      [-2, 0],
    ],
  } as const;
  for (const one of [numbers, kept(numbers)])
    expect(targetsOf(one)).toEqual({ data: Float32Array.of(1.5, NaN, -2, 0), shape: [2] });
});

test("texts are trained as the command trains them, and nothing else is changed by what samples are", () => {
  const tuning = { taus: [1], epochs: 3 };
  const common = { taus: [1], epochs: 3, batch: 32, seed: 0 };
  expect(settingsOf({ task: "classification", kind: "texts" }, tuning)).toEqual({
    task: "classification",
    ...common,
    optimizer: "adamw",
  });
  expect(settingsOf({ task: "segmentation", kind: "masks" }, tuning)).toEqual({ task: "segmentation", ...common });
});
