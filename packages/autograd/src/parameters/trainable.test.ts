import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { Float } from "../graph/model.js";
import { loadModel } from "../io/load.js";
import { writeModel } from "../io/write.js";
import { buildOn } from "../lower/build-on.js";
import { float32, int64, tensorOf } from "../graph/tensor.js";
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

const table = (rows: number, columns: number, f: (row: number, column: number) => number) =>
  float32(
    Array.from({ length: rows * columns }, (_, i) => f(Math.floor(i / columns), i % columns)),
    [rows, columns],
  );
const noise = (i: number) => Math.sin(12.9898 * i * i + 4.1);

it.each([
  ["a sinusoid", table(12, 8, (t, c) => (c % 2 ? Math.cos : Math.sin)(t / 10 ** (c / 4)))],
  ["a grid of coordinates", table(4, 5, (row, column) => row + column / 2)],
  ["places", table(12, 2, (i, axis) => (axis ? i % 4 : Math.floor(i / 4)))],
  ["positions", float32([0, 1, 2, 3, 4])],
  ["frequencies", float32([1, 0.1, 0.01, 0.001])],
  ["a mask", table(4, 4, (row, column) => (column > row ? -100 : 0))],
])("does not train what a formula gives: %s", (_, fixed) => {
  const weight = table(fixed.shape[0]!, fixed.shape[1] ?? 1, (row, column) => noise(7 * row + column));
  const like = { ...weight, shape: fixed.shape };
  const model = modelFrom({
    inputs: { x: ["batch", ...fixed.shape] },
    initializers: { fixed, like, ones: { ...like, data: new Float32Array(like.data.length).fill(1) } },
    nodes: [node("Add", "x fixed", "a"), node("Mul", "a like", "b"), node("Mul", "b ones", "y")],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["like", "ones"]);
});

it("does not train what turns positions into phases, nor what goes by a buffer's name", () => {
  const model = modelFrom({
    inputs: { x: ["batch", 3] },
    initializers: {
      scaled: float32([0.9, 0.5, 0.02]),
      t: float32([1, 2, 4]),
      "m.inv_freq": vector(),
      "m.weight": vector(),
    },
    nodes: [
      node("Mul", "t scaled", "phase"),
      node("Sin", "phase", "s"),
      node("Add", "x s", "h"),
      node("Concat", "h m.inv_freq", "c"),
      node("Concat", "c m.weight", "y"),
    ],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["m.weight"]);
});

it("trains single numbers that are weights by name or place, and what is clipped", () => {
  const single = () => float32([0.3]);
  const model = modelFrom({
    inputs: { x: ["batch", 2] },
    initializers: {
      "layers.0.eps": single(),
      logit_scale: single(),
      slope: single(),
      "gem.p": single(),
      two: single(),
      clipped: vector(),
      low: single(),
    },
    nodes: [
      node("Mul", "x layers.0.eps", "a"),
      node("Mul", "a logit_scale", "b"),
      node("PRelu", "b slope", "c"),
      node("Pow", "c gem.p", "d"),
      node("Pow", "d two", "e"),
      node("Clip", "clipped low", "w"),
      node("Mul", "e w", "y"),
    ],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["layers.0.eps", "logit_scale", "slope", "gem.p", "clipped"]);
});

it("keeps weights apart from what graphs compute, whatever is rebuilt", () => {
  const model = loadModel(
    writeModel(
      modelFrom({
        inputs: { x: ["batch", 2] },
        initializers: { eps: float32([0.5]), w: float32([1, 2, 3, 5], [2, 2]) },
        nodes: [
          node("Constant", "", "one", { value_float: new Float(1) }),
          node("Constant", "", "table", { value: vector() }),
          node("Add", "eps one", "factor"),
          node("Mul", "x factor", "h"),
          node("Add", "h table", "i"),
          node("MatMul", "i w", "y"),
        ],
        outputs: ["y"],
      }),
    ),
  );
  for (const m of [model, buildOn(model).model(), buildOn(buildOn(model).model()).model()])
    expect(trainableParameters(m)).toEqual(["eps", "w"]);
});

it.each([15, 13])(
  "trains weights that a BatchNormalization of operator set %i standardises, not their copy",
  (opset) => {
    const weight = table(2, 3, (row, column) => noise(3 * row + column));
    const model = modelFrom({
      inputs: { x: ["batch", 3] },
      initializers: {
        "onnx::BatchNormalization_1": { ...weight, shape: [1, 2, 3] },
        "onnx::ReduceMean_2": { ...weight, shape: [1, 2, 3] },
        gains: vector(),
        "onnx::BatchNormalization_3": float32([0, 0]),
        columns: int64([3, 2]),
      },
      nodes: [
        node("ReduceMean", "onnx::ReduceMean_2", "mean", { axes: [0, 2], keepdims: 0 }),
        node(
          "BatchNormalization",
          "onnx::BatchNormalization_1 gains onnx::BatchNormalization_3 mean mean",
          "w m v",
          opset < 14 ? {} : { training_mode: 1 },
        ),
        node("Reshape", "w columns", "kernel"),
        node("MatMul", "x kernel", "y"),
      ],
      outputs: ["y"],
      opset,
    });
    expect(trainableParameters(model)).toEqual(["onnx::BatchNormalization_1", "gains"]);
  },
);

it("does not train the ones and zeros of a normalisation that has no scale and shift, unless they have its names", () => {
  const [ones, zeros] = [() => float32([1, 1]), () => float32([0, 0])];
  const model = modelFrom({
    inputs: { x: ["batch", 2, 4] },
    initializers: { val_1: ones(), val_2: zeros(), "n.weight": ones(), "n.bias": zeros(), val_3: vector() },
    nodes: [
      node("InstanceNormalization", "x val_1 val_2", "a"),
      node("InstanceNormalization", "a n.weight n.bias", "b"),
      node("InstanceNormalization", "b val_3 val_2", "y"),
    ],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["n.weight", "n.bias", "val_3"]);
});

it("does not train a filter that blurs every channel alike", () => {
  const filters = (...values: number[]) => float32(values, [2, 1, 1, 3]);
  const model = modelFrom({
    inputs: { x: ["batch", 2, 1, 9] },
    initializers: { blur: filters(1, 2, 1, 1, 2, 1), own: filters(1, 2, 1, 1, 2, 3) },
    nodes: [node("Conv", "x blur", "a", { group: 2 }), node("Conv", "a own", "y", { group: 2 })],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["own"]);
});

it("trains a table of positions that is resized to the picture, not the scales", () => {
  const model = modelFrom({
    inputs: { x: ["batch", 1, 2, 6] },
    initializers: { positions: float32([1, 3, 2, 7, 5, 9], [1, 1, 2, 3]), scales: float32([1, 1, 1, 2]) },
    nodes: [node("Resize", "positions  scales", "resized"), node("Add", "x resized", "y")],
    outputs: ["y"],
  });
  expect(trainableParameters(model)).toEqual(["positions"]);
});
