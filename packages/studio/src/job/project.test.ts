import { expect, test } from "vitest";
import { targetsOf } from "./project.js";

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
