import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import type { Graph, Node } from "../graph/model.js";
import { float32 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { crossEntropy } from "./losses/cross-entropy.js";
import { adamw } from "./optimizers.js";
import { trainingLoop } from "./training-loop.js";
import { trainingStep } from "./training-step.js";

const wave = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i * i));
const step = trainingStep(
  modelFrom({
    inputs: { x: ["batch", 4] },
    initializers: { w: float32(wave(12), [4, 3]), b: float32([0.1, 0, -0.1]) },
    nodes: [node("MatMul", "x w", "p"), node("Add", "p b", "logits")],
    outputs: ["logits"],
  }),
  { loss: crossEntropy({ logits: "logits" }), optimizer: adamw(), trainable: ["w", "b"] },
);
const samples = wave(6 * 4);
const labels = [0, 1, 2, 2, 1, 0];
const batches = [
  [0, 3],
  [5, 1],
  [2, 4],
  [3, 0],
];

function start(): Record<string, Tensor> {
  const parameters = step.parameters.map((p) => [p.name, new Tensor("float32", p.initial, p.shape)]);
  const size = (shape: number[]) => shape.reduce((a, d) => a * d, 1);
  const state = step.state.map((s) => [s.name, new Tensor("float32", new Float32Array(size(s.shape)), s.shape)]);
  return Object.fromEntries([...parameters, ...state]) as Record<string, Tensor>;
}

async function oneByOne() {
  const session = await InferenceSession.create(writeModel(step.model));
  const feeds = start();
  for (const [i, rows] of batches.entries()) {
    const x = rows.flatMap((r) => Array.from(samples.subarray(4 * r, 4 * r + 4)));
    feeds["x"] = new Tensor("float32", x, [2, 4]);
    feeds["target"] = new Tensor(
      "int64",
      BigInt64Array.from(rows, (r) => BigInt(labels[r]!)),
      [2],
    );
    for (const [name, value] of Object.entries(step.scalars(i + 1, 0.01)))
      feeds[name] = new Tensor("float32", [value], []);
    const results = await session.run(feeds);
    for (const { name } of [...step.parameters, ...step.state]) feeds[name] = results[`next.${name}`]!;
  }
  return feeds;
}

it("leaves to a step only what depends on parameters, and no loss", () => {
  const { nodes } = trainingLoop(step, ["x", "target"]).graph;
  const body = nodes.find((n) => n.opType === "Scan")!.attributes["body"] as Graph;
  const operators = (list: readonly Node[]) => list.map((n) => n.opType);
  for (const early of ["Unsqueeze", "Equal", "Cast"]) {
    expect(operators(nodes)).toContain(early);
    expect(operators(body.nodes)).not.toContain(early);
  }
  expect(operators(body.nodes)).not.toContain("LogSoftmax");
  expect(operators(body.nodes).filter((op) => op === "Gather")).toHaveLength(1);
});

it("takes the same steps as one call for each", async () => {
  const session = await InferenceSession.create(writeModel(trainingLoop(step, ["x", "target"])));
  const scalars = batches.map((_, i) => step.scalars(i + 1, 0.01));
  const stacked = Object.keys(scalars[0]!).map((name) => [
    name,
    new Tensor(
      "float32",
      scalars.map((s) => s[name]!),
      [batches.length],
    ),
  ]);
  const results = await session.run({
    ...start(),
    ...(Object.fromEntries(stacked) as Record<string, Tensor>),
    x: new Tensor("float32", samples, [6, 4]),
    target: new Tensor("int64", BigInt64Array.from(labels, BigInt), [6]),
    rows: new Tensor("int32", Int32Array.from(batches.flat()), [batches.length, 2]),
  });
  const expected = await oneByOne();
  for (const { name } of [...step.parameters, ...step.state])
    expect(results[`next.${name}`]!.data, name).toEqual(expected[name]!.data);
});
