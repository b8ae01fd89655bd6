import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { run } from "../../test/gradient-check.js";
import { GraphBuilder } from "../builder.js";
import { Float } from "../graph/model.js";
import { float32, int64 } from "../graph/tensor.js";
import { crossEntropy } from "../training/losses/cross-entropy.js";
import { sgd } from "../training/optimizers.js";
import { trainingStep } from "../training/training-step.js";
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

const embedding = modelFrom({
  inputs: { m: [5, 2], rows: [3, 2] },
  initializers: { beta: float32([0.9], []), ids: int64([4, 1, 4], [3, 1]), shape: int64([5, 2]) },
  nodes: [
    node("Mul", "m beta", "decayed"),
    node("ConstantOfShape", "shape", "zeros"),
    node("ScatterND", "zeros ids rows", "g", { reduction: "add" }),
    node("Add", "decayed g", "next"),
  ],
  outputs: ["next"],
});
const embeddingFeeds = {
  m: { data: wave(10, 0), shape: [5, 2] },
  rows: { data: wave(6, 2), shape: [3, 2] },
};

it("adds an embedding's rows to the moving average itself", async () => {
  const folded = foldMomentum(embedding);
  expect(operators(folded)).toEqual(["Mul", "ScatterND"]);
  expect(folded.graph.nodes.at(-1)!.inputs[0]).toBe("decayed");
  const [before, after] = [await run(embedding, embeddingFeeds), await run(folded, embeddingFeeds)];
  before["next"]!.forEach((value, i) => expect(after["next"]![i]).toBeCloseTo(value, 6));
});

it("leaves rows alone that replace, or whose zeros have another shape", () => {
  const changed = (change: (n: (typeof embedding.graph.nodes)[0]) => object) => {
    const nodes = embedding.graph.nodes.map((n) => ({ ...n, ...change(n) }));
    return operators(foldMomentum({ ...embedding, graph: { ...embedding.graph, nodes } }));
  };
  expect(changed((n) => (n.opType === "ScatterND" ? { attributes: {} } : {}))).toContain("Add");
  const other = new Map([...embedding.graph.initializers, ["shape", int64([10, 1])] as const]);
  expect(operators(foldMomentum({ ...embedding, graph: { ...embedding.graph, initializers: other } }))).toContain(
    "Add",
  );
});

it("finds the gradient of a table's rows in a step of training", () => {
  const b = new GraphBuilder("lookup");
  const ids = b.input("ids", "int64", ["batch", 3]);
  // Too large to be computed beforehand.
  const rows = b.op("Gather", [b.initializer("table", float32(new Float32Array(40_000), [10_000, 4])), ids]);
  b.setOutputs({ logits: b.op("ReduceMean", [rows, b.ints([1])], { keepdims: 0 }) });
  const options = { loss: crossEntropy({ logits: "logits" }), optimizer: sgd(), trainable: ["table"] };
  const { nodes } = trainingStep(b.model(), options).model.graph;
  expect(nodes.find((n) => n.outputs.includes("next.momentum.table"))?.opType).toBe("ScatterND");
  expect(nodes.some((n) => n.opType === "ConstantOfShape")).toBe(false);
});
