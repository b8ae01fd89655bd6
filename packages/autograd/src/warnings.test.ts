import { expect, it } from "vitest";
import { modelFrom, node } from "../test/models.js";
import { float32, int64 } from "./graph/tensor.js";
import { modelWarnings } from "./warnings.js";

const scatter = (indices: string, reduction: string) => {
  const model = modelFrom({
    inputs: { x: [4, 2] },
    initializers: { fixed: int64([0, 2], [2, 1]), zero: float32([0], []) },
    nodes: [
      node("Greater", "x zero", "m"),
      node("NonZero", "m", "hits"),
      node("Transpose", "hits", "places", { perm: [1, 0] }),
      node("GatherND", "x places", "some"),
      node("ScatterND", `x ${indices} some`, "y", { reduction }),
    ],
    outputs: ["y"],
  });
  model.graph.inputs.push({ name: "edges", type: { dtype: "int64", shape: [2, 1] } });
  return modelWarnings(model);
};

it("warns of a Scatter that may write twice in one place: not if it adds, or its places differ", () => {
  expect(scatter("edges", "none")).toEqual([expect.stringMatching(/^ScatterND 'node\/y' overwrites, .*export with/)]);
  for (const [indices, reduction] of [
    ["edges", "add"],
    ["fixed", "none"],
    ["places", "none"],
  ] as const)
    expect(scatter(indices, reduction)).toEqual([]);
});
