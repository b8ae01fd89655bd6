import { expect, it } from "vitest";
import { gradientModel, feedsOf, run, type Case } from "../test/gradient-check.js";
import { modelFrom, node } from "../test/models.js";
import { GraphBuilder } from "./builder.js";
import { buildOn } from "./lower/build-on.js";
import { appendGradients } from "./append-gradients.js";
import { UnsupportedError } from "./graph/errors.js";
import { float32 } from "./graph/tensor.js";

/** ∂(Σ y)/∂x₀ (or another input). */
async function gradient(c: Case, input = "x0"): Promise<number[]> {
  const results = await run(
    gradientModel(c, () => 1),
    feedsOf(c),
  );
  return [...results[`g.${input}`]!];
}

const row = (...values: number[]) => ({ shape: [values.length], values });
const bound = (value: number) => ({ shape: [], values: [value], constant: "float32" as const });

it("gives Relu and its kin PyTorch's slope at zero", async () => {
  expect(await gradient({ op: "Relu", inputs: [row(-1, 0, 1)] })).toEqual([0, 0, 1]);
  expect((await gradient({ op: "LeakyRelu", inputs: [row(0)] }))[0]).toBeCloseTo(0.01);
  expect(await gradient({ op: "Abs", inputs: [row(0, -2)] })).toEqual([0, -1]);
});

it("stops the gradient at Clip's bounds, as PyTorch 2.15 does", async () => {
  const values = row(-2, -1, 0, 1, 2);
  expect(await gradient({ op: "Clip", inputs: [values, bound(-1), bound(1)] })).toEqual([0, 0, 1, 0, 0]);
  expect(await gradient({ op: "Clip", inputs: [values, bound(-1)] })).toEqual([0, 0, 1, 1, 1]);
  expect(await gradient({ op: "Clip", inputs: [values, undefined, bound(1)] })).toEqual([1, 1, 1, 0, 0]);
});

it("gives Clip's bounds what does not pass, the higher one where they are the wrong way round", async () => {
  const given = (low: number, high: number): Case => ({
    op: "Clip",
    inputs: [row(-2, -1, 0, 1, 2), { shape: [], values: [low] }, { shape: [], values: [high] }],
  });
  expect([await gradient(given(-1, 1), "x1"), await gradient(given(-1, 1), "x2")]).toEqual([[2], [2]]);
  expect([await gradient(given(1, -1), "x1"), await gradient(given(1, -1), "x2")]).toEqual([[0], [5]]);
  expect(await gradient(given(1, -1))).toEqual([0, 0, 0, 0, 0]);
});

it("shares the gradient equally between operands that tie in Max, and elements that tie in ReduceMax", async () => {
  const tie: Case = { op: "Max", inputs: [row(1, 3), row(1, 2)] };
  expect(await gradient(tie)).toEqual([0.5, 1]);
  expect(await gradient(tie, "x1")).toEqual([0.5, 0]);
  expect(await gradient({ op: "ReduceMax", inputs: [row(2, 1, 2)] })).toEqual([0.5, 0, 0.5]);
});

it("gives a tie in MaxPool and GlobalMaxPool to the first element", async () => {
  const image = { shape: [1, 1, 2, 2], values: [1, 1, 1, 1] };
  expect(await gradient({ op: "MaxPool", inputs: [image], attributes: { kernel_shape: [2, 2] } })).toEqual([
    1, 0, 0, 0,
  ]);
  expect(await gradient({ op: "GlobalMaxPool", inputs: [image] })).toEqual([1, 0, 0, 0]);
});

it("gives a window of MaxPool that meets only padding no gradient", async () => {
  const x = { shape: [1, 2, 2], values: [1, 2, 3, 4] };
  const attributes = { kernel_shape: [2], dilations: [3], pads: [1, 1] };
  expect(await gradient({ op: "MaxPool", inputs: [x], attributes })).toEqual([0, 0, 0, 0]);
});

it("shares the gradient of a scattered maximum between all that attain it", async () => {
  const c: Case = {
    op: "ScatterElements",
    inputs: [row(5, 1), { ...row(0, 0, 1), constant: "int64" }, row(5, 5, 3)],
    attributes: { reduction: "max" },
  };
  for (const [input, expected] of [
    ["x0", [1 / 3, 0]],
    ["x2", [1 / 3, 1 / 3, 1]],
  ] as const)
    (await gradient(c, input)).forEach((g, i) => expect(g).toBeCloseTo(expected[i]!));
});

it("keeps the NaN of an attention row that is masked as a whole out of the gradient", async () => {
  const mask = { shape: [2, 2], values: [1, 0, 0, 0], constant: "bool" as const };
  const x = { shape: [1, 1, 2, 2], values: [1, 2, 3, 4] };
  const gradients = await gradient({ op: "Attention", opset: 23, inputs: [x, x, x, mask] });
  expect(gradients.every(Number.isFinite)).toBe(true);
});

it("takes the gradient of a norm at the origin, and of a power's exponent at base zero, as zero", async () => {
  expect(await gradient({ op: "ReduceL2", inputs: [row(0, 0)] })).toEqual([0, 0]);
  expect(await gradient({ op: "Pow", inputs: [row(0, 1), row(2, 2)] }, "x1")).toEqual([0, 0]);
  expect(await gradient({ op: "Pow", inputs: [row(0, 2), row(0, 2)] })).toEqual([0, 4]);
});

it("differentiates a product where one or more factors are zero", async () => {
  expect(await gradient({ op: "ReduceProd", inputs: [row(2, 0, 3)] })).toEqual([0, 6, 0]);
  expect(await gradient({ op: "ReduceProd", inputs: [row(0, 0, 3)] })).toEqual([0, 0, 0]);
});

it("is flat where values are rounded", async () => {
  expect(await gradient({ op: "Round", inputs: [row(0.2, 1.7)] })).toEqual([0, 0]);
});

it("adds the gradients of a value used twice", async () => {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", [1]);
  const loss = b.op("ReduceSum", [b.add(b.mul(x, x), x)], { keepdims: 0 });
  b.setOutputs({ g: appendGradients(b, loss, ["x"]).get("x")! });
  expect((await run(b.model(), { x: { data: Float32Array.of(3), shape: [1] } }))["g"]![0]).toBe(7);
});

it("names an operator without a gradient, its node and the path to the loss", () => {
  const b = buildOn(
    modelFrom({
      inputs: { x: [3] },
      initializers: { w: float32([1, 2, 3]) },
      nodes: [node("Mul", "x w", "m"), node("Hardmax", "m", "h"), node("ReduceSum", "h", "loss", { keepdims: 0 })],
      outputs: ["loss"],
    }),
  );
  expect(() => appendGradients(b, "loss", ["w"])).toThrow(UnsupportedError);
  expect(() => appendGradients(b, "loss", ["w"])).toThrow(/Hardmax 'node\/h'.* → ReduceSum 'node\/loss' → loss/);
});

it("says so when the loss does not depend on a parameter", () => {
  const b = new GraphBuilder();
  const [x, y] = [b.input("x", "float32", [1]), b.input("y", "float32", [1])];
  expect(() => appendGradients(b, b.op("ReduceSum", [x]), [y])).toThrow(/the loss does not depend on 'y'/);
});
