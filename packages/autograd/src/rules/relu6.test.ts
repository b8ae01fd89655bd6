import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { float32 } from "../graph/tensor.js";

/** The largest number below 6. */
const below = 6 - 2 ** -21;
const values = [-1, -1e-30, 0, 1e-30, 3, below, 6, 6.5, Infinity];

/** The gradient of Σ y² / 2 by x, over y, where y is not 0. */
async function slopes(low: number, high: number): Promise<number[]> {
  const model = modelFrom({
    inputs: { x: [values.length] },
    initializers: { low: float32([low], []), high: float32([high], []), one: float32([1], []) },
    nodes: [node("Clip", "x low high", "c"), node("Add", "c one", "y")],
    outputs: ["y"],
  });
  const found = await outputsAndGradients(model, ["x"], () => Float32Array.from(values));
  return [...found["g.x"]!].map((g, i) => g / (2 * found["y"]![i]!));
}

it("has slope 1 between its bounds alone, as PyTorch's relu6, and any other Clip too, as clamp", async () => {
  expect(await slopes(0, 6)).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0]);
  expect(await slopes(0, 6.5)).toEqual([0, 0, 0, 1, 1, 1, 1, 0, 0]);
});
