import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import type { Model } from "../graph/model.js";
import { float32, int64 } from "../graph/tensor.js";
import { convolveShortcuts } from "./convolve-shortcuts.js";
import { foldBatchNormalization } from "./fold-batch-normalization.js";
import { halfProducts } from "./half-products.js";
import { poolBeforeActivation } from "./pool-before-activation.js";
import { withByteWeights, withHalfWeights } from "./smaller-weights.js";

const ones = (...shape: number[]) => float32(new Float32Array(shape.reduce((a, d) => a * d, 1)).fill(1), shape);

const shortcut = modelFrom({
  inputs: { x: [2, 4, 6, 8] },
  initializers: {
    starts: int64([0]),
    end: int64([2 ** 31]),
    high: int64([2]),
    step: int64([2]),
    pads: int64([0, 2, 0, 0, 0, 2, 0, 0]),
  },
  nodes: [node("Slice", "x starts end high step", "rows"), node("Pad", "rows pads", "p")],
  outputs: ["p"],
});
const normalised = modelFrom({
  inputs: { x: [2, 4, 6, 8] },
  initializers: { w: ones(4, 4, 1, 1), scale: ones(4), shift: ones(4), mean: ones(4), variance: ones(4) },
  nodes: [node("Conv", "x w", "c"), node("BatchNormalization", "c scale shift mean variance", "n")],
  outputs: ["n"],
});
const pooled = modelFrom({
  inputs: { x: [2, 4, 6, 8] },
  nodes: [node("Relu", "x", "a"), node("MaxPool", "a", "p", { kernel_shape: [2, 2] })],
  outputs: ["p"],
});
const product = modelFrom({
  inputs: { x: [2, 16] },
  initializers: { w: ones(16, 16) },
  nodes: [node("MatMul", "x w", "y")],
  outputs: ["y"],
});

it.each<[string, Model, (model: Model) => Model, string[]]>([
  ["convolveShortcuts", shortcut, (model) => convolveShortcuts(model, 4), ["p.kernel"]],
  ["foldBatchNormalization", normalised, foldBatchNormalization, ["n/folded/epsilon", "n/folded/weight"]],
  ["poolBeforeActivation", pooled, poolBeforeActivation, ["p/pooled"]],
  ["halfProducts", product, (model) => halfProducts(model, () => true), ["x/float16", "y/float16"]],
  ["withHalfWeights", product, withHalfWeights, ["w.fp16"]],
  ["withByteWeights", product, withByteWeights, ["w.int8", "w.scale"]],
])("%s takes no name that the model has already", (_, { graph, ...model }, pass, taken) => {
  const own = new Map(taken.map((name) => [name, float32([7])]));
  const before: Model = { ...model, graph: { ...graph, initializers: new Map([...graph.initializers, ...own]) } };
  const after = pass(before).graph;
  expect(after.nodes).not.toEqual(graph.nodes);
  for (const [name, tensor] of own) expect(after.initializers.get(name)).toBe(tensor);
  const names = [...after.inputs.map(({ name }) => name), ...after.initializers.keys(), ...after.nodes.flatMap(({ outputs }) => outputs)]; // prettier-ignore
  expect(new Set(names).size).toBe(names.length);
});
