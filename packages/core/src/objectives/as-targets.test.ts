import { expect, it } from "vitest";
import { asTargets } from "./as-targets.js";

it("classes are indices, labels and numbers rows, tags of words units without those that do not count", () => {
  expect(asTargets("classification", [2, 0], 3)).toEqual({ data: Int32Array.of(2, 0), shape: [] });
  for (const task of ["multi-label", "regression"] as const)
    expect(
      asTargets(
        task,
        [
          [1, NaN],
          [0, 1],
        ],
        2,
      ),
    ).toEqual({ data: Float32Array.of(1, NaN, 0, 1), shape: [2] });
  expect(asTargets("regression", [], 2)).toEqual({ data: new Float32Array(), shape: [2] });
  expect(asTargets("token-classification", [[1, -1, 0], [-1]], 2)).toEqual({
    data: Int32Array.of(1, 0),
    shape: [],
    starts: Uint32Array.of(0, 2, 2),
  });
});
