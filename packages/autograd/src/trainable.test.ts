import { expect, it } from "vitest";
import { modelFrom, node } from "../test/models.js";
import { float32, int64, tensorOf } from "./graph/tensor.js";
import { trainableParameters } from "./trainable.js";

const vector = () => float32([1, 2]);

it("lists weights in the order of their use, those behind another weight too", () => {
  const model = modelFrom({
    inputs: { x: ["batch", 2] },
    initializers: { second: vector(), first: vector(), gate: vector(), unused: vector(), half: float32([0.5], []) },
    nodes: [
      node("Mul", "x first", "a"),
      node("Mul", "gate half", "g"),
      node("Mul", "a g", "b"),
      node("Add", "b second", "y"),
      node("Add", "x unused", "z"),
    ],
    outputs: ["y", "z"],
  });
  expect(trainableParameters(model, ["y"])).toEqual(["first", "gate", "second"]);
  expect(trainableParameters(model)).toEqual(["first", "gate", "second", "unused"]);
});

it("leaves out what is no weight: statistics, bounds, and values of which only the shape is read", () => {
  const model = modelFrom({
    inputs: { x: [1, 2, 1, 1] },
    initializers: {
      scale: vector(),
      shift: vector(),
      mean: vector(),
      variance: vector(),
      like: vector(),
      axis: int64([0]),
    },
    nodes: [
      node("BatchNormalization", "x scale shift mean variance", "n"),
      node("Shape", "like", "s"),
      node("Expand", "n s", "y"),
    ],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["scale", "shift"]);
});

it("finds weights that only a branch reads", () => {
  const branch = (weight: string) => ({
    name: weight,
    inputs: [],
    outputs: [{ name: "inner" }],
    nodes: [node("Mul", `x ${weight}`, "inner")],
    initializers: new Map(),
  });
  const model = modelFrom({
    inputs: { x: [2] },
    initializers: { yes: tensorOf("bool", [], [1]), w: vector() },
    nodes: [node("If", "yes", "y", { then_branch: branch("w"), else_branch: branch("w") })],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["w"]);
});
