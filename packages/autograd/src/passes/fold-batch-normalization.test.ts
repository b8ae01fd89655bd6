import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import { outputsAndGradients } from "../../test/passes.js";
import { Float } from "../graph/model.js";
import { float32 } from "../graph/tensor.js";
import { foldBatchNormalization } from "./fold-batch-normalization.js";

const wave = (n: number, phase: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + phase));
const trained = { w: [4, 2, 3, 3], bias: [4], scale: [4], shift: [4] };
const model = modelFrom({
  inputs: { x: [2, 2, 5, 5], ...trained },
  initializers: { mean: float32(wave(4, 5)), variance: float32([0.5, 1, 2, 3]) },
  nodes: [
    node("Conv", "x w bias", "c", { kernel_shape: [3, 3] }),
    node("BatchNormalization", "c scale shift mean variance", "n"),
    node("Tanh", "n", "y"),
  ],
  outputs: ["y"],
});

it("leaves outputs and gradients unchanged, and no BatchNormalization", async () => {
  const folded = foldBatchNormalization(model);
  expect(folded.graph.nodes.some((n) => n.opType === "BatchNormalization")).toBe(false);
  const [before, after] = [
    await outputsAndGradients(model, Object.keys(trained)),
    await outputsAndGradients(folded, Object.keys(trained)),
  ];
  for (const [name, values] of Object.entries(before))
    values.forEach((v, i) => expect(after[name]![i], name).toBeCloseTo(v, 3));
});

it.each([0, 1])("does the same behind a Gemm, its weights transposed or not (%s)", async (transB) => {
  const gemm = { w: transB ? [4, 3] : [3, 4], bias: [4], scale: [4], shift: [4] };
  const dense = modelFrom({
    inputs: { x: [5, 3], ...gemm },
    initializers: { mean: float32(wave(4, 5)), variance: float32([0.5, 1, 2, 3]) },
    nodes: [
      node("Gemm", "x w bias", "c", { transB }),
      node("BatchNormalization", "c scale shift mean variance", "n"),
      node("Tanh", "n", "y"),
    ],
    outputs: ["y"],
  });
  const folded = foldBatchNormalization(dense);
  expect(folded.graph.nodes.some((n) => n.opType === "BatchNormalization")).toBe(false);
  const [before, after] = [
    await outputsAndGradients(dense, Object.keys(gemm)),
    await outputsAndGradients(folded, Object.keys(gemm)),
  ];
  for (const [name, values] of Object.entries(before))
    values.forEach((v, i) => expect(after[name]![i], name).toBeCloseTo(v, 4));
});

it("keeps a BatchNormalization behind a Gemm that takes a part of its bias", () => {
  const part = modelFrom({
    inputs: { x: [5, 3], w: [3, 4], bias: [4], scale: [4], shift: [4] },
    initializers: { mean: float32(wave(4, 5)), variance: float32([0.5, 1, 2, 3]) },
    nodes: [
      node("Gemm", "x w bias", "c", { beta: new Float(0.5) }),
      node("BatchNormalization", "c scale shift mean variance", "y"),
    ],
    outputs: ["y"],
  });
  expect(foldBatchNormalization(part).graph.nodes.some((n) => n.opType === "BatchNormalization")).toBe(true);
});

it("keeps a BatchNormalization whose convolution is used elsewhere too", () => {
  const shared = { ...model, graph: { ...model.graph, nodes: [...model.graph.nodes, node("Relu", "c", "other")] } };
  expect(foldBatchNormalization(shared).graph.nodes.some((n) => n.opType === "BatchNormalization")).toBe(true);
});
