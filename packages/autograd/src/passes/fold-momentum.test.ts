import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { run } from "../../test/gradient-check.js";
import { Float } from "../graph/model.js";
import { float32 } from "../graph/tensor.js";
import { foldMomentum } from "./fold-momentum.js";

const step = modelFrom({
  inputs: { m: [2, 4], a: [3, 2], b: [3, 4] },
  initializers: { beta: float32([0.9], []) },
  nodes: [
    node("Mul", "m beta", "decayed"),
    node("Gemm", "a b", "g", { transA: 1, alpha: new Float(0.5) }),
    node("Add", "decayed g", "next"),
  ],
  outputs: ["next"],
});
const wave = (n: number, phase: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + phase));
const feeds = {
  m: { data: wave(8, 0), shape: [2, 4] },
  a: { data: wave(6, 1), shape: [3, 2] },
  b: { data: wave(12, 2), shape: [3, 4] },
};
const operators = (model: typeof step): string[] => model.graph.nodes.map((n) => n.opType);

it("makes one product of it, with the same result", async () => {
  const folded = foldMomentum(step);
  expect(operators(folded)).toEqual(["Gemm"]);
  const [before, after] = [await run(step, feeds), await run(folded, feeds)];
  before["next"]!.forEach((value, i) => expect(after["next"]![i]).toBeCloseTo(value, 6));
});

it.each([
  ["the gradient is asked for", { ...step.graph, outputs: [{ name: "next" }, { name: "g" }] }],
  ["the factor is no constant", { ...step.graph, initializers: new Map() }],
  [
    "what is averaged has another shape",
    { ...step.graph, inputs: step.graph.inputs.map((i) => (i.name === "m" ? { ...i, type: undefined } : i)) },
  ],
])("leaves it alone where %s", (_, graph) => {
  expect(operators(foldMomentum({ ...step, graph } as typeof step))).toEqual(["Mul", "Gemm", "Add"]);
});
