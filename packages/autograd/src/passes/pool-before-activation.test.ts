import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { poolBeforeActivation } from "./pool-before-activation.js";

const pool = { kernel_shape: [2, 2], strides: [2, 2] };
const model = (activation = "LeakyRelu", extra: ReturnType<typeof node>[] = []) =>
  modelFrom({
    inputs: { x: [2, 3, 6, 6] },
    nodes: [node(activation, "x", "a"), node("MaxPool", "a", "y", pool), ...extra],
    outputs: ["y"],
  });
const operators = (m: ReturnType<typeof model>) => poolBeforeActivation(m).graph.nodes.map((n) => n.opType);

it("swaps the two and leaves outputs and gradients unchanged", async () => {
  for (const activation of ["Relu", "LeakyRelu"]) {
    expect(operators(model(activation))).toEqual(["MaxPool", activation]);
    const before = await outputsAndGradients(model(activation), ["x"]);
    const after = await outputsAndGradients(poolBeforeActivation(model(activation)), ["x"]);
    expect(after).toEqual(before);
  }
});

it("leaves alone what is used elsewhere, and activations that fall somewhere", () => {
  expect(operators(model("Relu", [node("Neg", "a", "z")]))).toEqual(["Relu", "MaxPool", "Neg"]);
  expect(operators(model("Gelu"))).toEqual(["Gelu", "MaxPool"]);
});
