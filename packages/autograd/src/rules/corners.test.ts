import { expect, it, test } from "vitest";
import { checkGradients, type Case } from "../../test/gradient-check.js";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { differentiate } from "../differentiate.js";
import { Float, type Node } from "../graph/model.js";
import { OutsizeError } from "../graph/errors.js";
import { float32, int64, type Tensor } from "../graph/tensor.js";

/** What nodes make of `x`, `y`, and the gradient of Σ y² by x. */
async function gradientOf(values: readonly number[], nodes: Node[], initializers: Record<string, Tensor> = {}) {
  const model = modelFrom({ inputs: { x: [values.length] }, initializers, nodes, outputs: ["y"] });
  const found = await outputsAndGradients(model, ["x"], () => Float32Array.from(values));
  return { y: [...found["y"]!], gradient: [...found["g.x"]!] };
}

test("places that an operator finds carry no gradient, values taken by them do", async () => {
  // y = x·x at the two largest: what is taken, and where.
  const taken = [
    node("Mul", "x x", "squares"),
    node("TopK", "squares k", "largest places", { axis: 0 }),
    node("Gather", "x places", "y"),
  ];
  const { y, gradient } = await gradientOf([1, 4, 9, 2], taken, { k: int64([2]) });
  expect(y).toEqual([9, 4]);
  expect(gradient).toEqual([0, 8, 18, 0]);
});

test("the places of a maximum may be read as numbers, with its values or without", async () => {
  const nodes = [
    node("Reshape", "x wide", "image"),
    node("MaxPool", "image", "maxima places", { kernel_shape: [2], strides: [2] }),
    node("Cast", "places", "factors", { to: 1 }),
    node("Slice", "image start end axis", "half"),
    node("Mul", "half factors", "y"),
  ];
  const initializers = { wide: int64([1, 1, 6]), start: int64([0]), end: int64([3]), axis: int64([2]) };
  // Factors 1, 2 and 5: ∂Σy²/∂x = 2·factor²·x.
  const { y, gradient } = await gradientOf([1, 4, 9, 2, 0, 3], nodes, initializers);
  expect(y).toEqual([1, 8, 45]);
  expect(gradient).toEqual([2, 32, 450, 0, 0, 0]);
});

const operators: [string, string, Node[]?][] = [
  ...["Sqrt", "Relu", "Sigmoid", "Tanh", "Log"].map((op) => [op, "d"] as [string, string]),
  ["Pow", "d two"],
  ["ReduceL2", "d"],
  ["ReduceProd", "d"],
  ["ReduceSumSquare", "d"],
  ["Gather", "d places"],
  ["GatherElements", "d places"],
  ["Clip", "d"],
];
test.each(operators)("%s of float64 in the middle of a model", async (op, inputs) => {
  const values = [1, 4];
  const nodes = [
    node("Cast", "x", "d", { to: 11 }),
    node(op, inputs, "e", op.startsWith("Reduce") ? { keepdims: 1 } : {}),
    node("Cast", "e", "y", { to: 1 }),
  ];
  const initializers = {
    two: { dtype: "float64", shape: [], data: Float64Array.of(2) } satisfies Tensor,
    places: int64([1, 0]),
  };
  const at = async (x: readonly number[]) => gradientOf(x, nodes, initializers);
  const { gradient } = await at(values);
  for (const [i, found] of gradient.entries()) {
    const h = 1e-3;
    const half = async (sign: number) =>
      (await at(values.with(i, values[i]! + sign * h))).y.reduce((sum, v) => sum + v * v, 0);
    expect(found, `${op} by x${i}`).toBeCloseTo(((await half(1)) - (await half(-1))) / (2 * h), 1);
  }
});

test("on the border of an image, too, a grid that is kept within it has no slope", async () => {
  const model = modelFrom({
    inputs: { grid: [1, 1, 3, 2] },
    initializers: { image: float32([10, 11, 12, 13, 14, 15, 16, 17, 18], [1, 1, 3, 3]), down: float32([1, 1, 1], [3]) },
    nodes: [node("GridSample", "image grid", "y", { mode: "linear", padding_mode: "border", align_corners: 1 })],
    outputs: ["y"],
  });
  const found = await outputsAndGradients(model, ["grid"], () => Float32Array.of(1, 1, -1, 0, 0, 0));
  // 18 at the corner, 13 in the middle of the left border, 14 in the middle: slopes of 1 and 3 a pixel, times 2y.
  expect([...found["y"]!]).toEqual([18, 13, 14]);
  expect([...found["g.grid"]!]).toEqual([0, 0, 0, 78, 28, 84]);
});

test("classes that are masked by −∞ leave a model's own loss a number", async () => {
  const model = modelFrom({
    inputs: { x: [1, 3] },
    initializers: { mask: float32([0, 0, -Infinity]), target: int64([0]) },
    nodes: [node("Add", "x mask", "logits"), node("SoftmaxCrossEntropyLoss", "logits target", "y")],
    outputs: ["y"],
    opset: 13,
  });
  const found = await outputsAndGradients(model, ["x"], () => Float32Array.of(1, 2, 3));
  const loss = Math.log(1 + Math.E);
  expect(found["y"]![0]).toBeCloseTo(loss, 5);
  const p = 1 / (1 + Math.exp(-1));
  [-p, p, 0].forEach((slope, i) => expect(found["g.x"]![i]).toBeCloseTo(2 * loss * slope, 4));
});

it.each<[string, Case]>([
  [
    "a sequence without steps leaves no state",
    {
      op: "LSTM",
      inputs: [
        { shape: [2, 2, 1], values: [0.5, 1, -1, 0.3] },
        { shape: [1, 4, 1], values: [0.2, 0.4, -0.3, 0.7] },
        { shape: [1, 4, 1], values: [0.1, -0.5, 0.6, 0.2] },
        undefined,
        { shape: [2], values: [0, 2], constant: "int32" },
        { shape: [1, 2, 1], values: [0.3, 0.9] },
        { shape: [1, 2, 1], values: [0.5, -0.4] },
      ],
      attributes: { hidden_size: 1 },
      outputs: 3,
    },
  ],
  [
    "a product over no axes is what it is given",
    {
      op: "ReduceProd",
      inputs: [{ shape: [3], values: [2, 3, 4] }],
      attributes: { noop_with_empty_axes: 1 },
    },
  ],
  [
    "a label of size 1 beside others",
    {
      op: "Einsum",
      inputs: [
        { shape: [2, 1], values: [1, 2] },
        { shape: [4, 3], values: Array.from({ length: 12 }, (_, i) => Math.sin(i)) },
      ],
      attributes: { equation: "ij,jk->ik" },
    },
  ],
])("%s", (_, c) => checkGradients(c));

test("a norm of a sum without an epsilon has the runtime's", async () => {
  const model = modelFrom({
    inputs: { x: [1, 1, 2], skip: [1, 1, 2] },
    initializers: { scale: float32([1, 1]) },
    nodes: [node("SkipSimplifiedLayerNormalization", "x skip scale", "y", {}, "com.microsoft")],
    outputs: ["y"],
  });
  const small = await outputsAndGradients(
    { ...model, opsets: new Map([...model.opsets, ["com.microsoft", 1]]) },
    ["x"],
    (_, i) => Float32Array.from(i === 0 ? [1e-3, 2e-3] : [0, 1e-3]),
  );
  // [1, 3] / √5: what it is given is far below 1e-5.
  [1, 3].forEach((v, i) => expect(small["y"]![i]).toBeCloseTo(v / Math.sqrt(5), 4));
});

test("pads of a long axis take memory as the axis does, not as its square", () => {
  const length = 100_000;
  const model = modelFrom({
    inputs: { x: [1, length] },
    initializers: { pads: int64([0, 200, 0, 200]) },
    nodes: [node("Pad", "x pads", "y", { mode: "reflect" })],
    outputs: ["y"],
  });
  const { graph } = differentiate(model, {
    wrt: ["x"],
    loss: { attach: (b) => b.op("ReduceSum", ["y"], { keepdims: 0 }) },
  });
  const numbers = [...graph.initializers.values()].reduce((sum, { data }) => sum + data.length, 0);
  expect(numbers).toBeLessThan(100);
});

test.each<[string, Node[], Record<string, readonly number[]>, Record<string, Tensor>]>([
  [
    "a step through",
    [node("Slice", "x s e a p", "y")],
    { x: [1e9] },
    { s: int64([0]), e: int64([1e9]), a: int64([0]), p: int64([2]) },
  ],
  ["windows of", [node("AveragePool", "x", "y", { kernel_shape: [1e4], pads: [5000, 5000] })], { x: [1, 1, 1e5] }, {}],
  ["a grid of", [node("AffineGrid", "x s", "y")], { x: [1, 2, 3] }, { s: int64([1, 1, 50_000, 50_000]) }],
  [
    "groups of",
    [node("GroupNormalization", "x g h", "y", { num_groups: 1e8, epsilon: new Float(1e-5) })],
    { x: [1, 1e8, 2], g: [1e8], h: [1e8] },
    {},
  ],
])("%s more numbers than memory holds is refused at once", (_, nodes, inputs, initializers) => {
  const model = modelFrom({ inputs, initializers, nodes, outputs: ["y"] });
  const began = process.cpuUsage();
  expect(() =>
    differentiate(model, { wrt: ["x"], loss: { attach: (b) => b.op("ReduceSum", ["y"], { keepdims: 0 }) } }),
  ).toThrow(OutsizeError);
  expect(process.cpuUsage(began).user / 1e6).toBeLessThan(2);
});
