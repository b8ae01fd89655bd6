import { Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { roundingSession } from "../../test/rounded.js";
import { float32 } from "../graph/tensor.js";
import { halfProducts } from "./half-products.js";

const model = modelFrom({
  inputs: { x: [1, 1] },
  initializers: { w: float32([300], [1, 1]), v: float32([0.5], [1, 1]) },
  nodes: [
    node("MatMul", "x w", "first"),
    node("Gemm", "first v", "second"),
    node("Add", "x second", "sum"),
    node("MatMul", "x v", "unread"),
    node("MatMul", "unread w", "third"),
  ],
  outputs: ["sum", "third"],
});

it("casts each value once, and what only products read not back", () => {
  const { nodes } = halfProducts(model, () => true).graph;
  expect(nodes.map(({ opType, inputs, outputs }) => `${opType} ${inputs.join(" ")} → ${outputs[0]}`)).toEqual([
    "Cast x → x/float16",
    "Cast w → w/float16",
    "MatMul x/float16 w/float16 → first/float16",
    "Cast v → v/float16",
    "Gemm first/float16 v/float16 → second/float16",
    "Cast second/float16 → second",
    "Add x second → sum",
    "MatMul x/float16 v/float16 → unread/float16",
    "MatMul unread/float16 w/float16 → third/float16",
    "Cast third/float16 → third",
  ]);
});

it("leaves alone what is no float32, and what is to stay", () => {
  expect(halfProducts(model, () => false)).toEqual(model);
  expect(
    halfProducts(
      model,
      () => true,
      () => true,
    ),
  ).toEqual(model);
});

it("numbers are rounded to float16's eleven digits, and beyond its range infinite", async () => {
  const session = await roundingSession(halfProducts(model, () => true));
  const of = async (x: number) => (await session.run({ x: new Tensor("float32", [x], [1, 1]) }))["third"]!.data[0];
  expect(await of(1 + 2 ** -12)).toBe(150);
  expect(await of(1 + 2 ** -10)).toBeCloseTo(150 + 2 ** -3, 6);
  expect(await of(1000)).toBe(Infinity);
  await session.release();
});
