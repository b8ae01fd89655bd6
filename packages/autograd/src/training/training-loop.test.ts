import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { modelFrom, node } from "../../test/models.js";
import type { Graph, Node } from "../graph/model.js";
import { float32, int64 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { binaryCrossEntropy } from "./losses/binary-cross-entropy.js";
import { crossEntropy } from "./losses/cross-entropy.js";
import { huber } from "./losses/huber.js";
import type { Loss } from "./losses/loss.js";
import { meanSquaredError } from "./losses/mean-squared-error.js";
import { squaredError } from "./losses/squared-error.js";
import { adamw } from "./optimizers.js";
import { trainingLoop } from "./training-loop.js";
import { trainingStep, type TrainingStep } from "./training-step.js";

const wave = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i * i));
/** A linear model of four numbers, x → [batch, 6] or, dense, [batch, 3, 2]. */
function stepOf(loss: Loss, dense = false): TrainingStep {
  const model = modelFrom({
    inputs: { x: ["batch", 4] },
    initializers: {
      w: float32(wave(24), [4, 6]),
      b: float32([0.1, 0, -0.1, 0.2, -0.2, 0]),
      shape: int64(dense ? [-1, 3, 2] : [-1, 6]),
    },
    nodes: [node("MatMul", "x w", "p"), node("Add", "p b", "s"), node("Reshape", "s shape", "logits")],
    outputs: ["logits"],
  });
  return trainingStep(model, { loss, optimizer: adamw(), trainable: ["w", "b"] });
}

const samples = wave(6 * 4);
const batches = [
  [0, 3],
  [5, 1],
  [2, 4],
  [3, 0],
];

/** What is to be predicted: a row of numbers or of classes per sample. */
interface Targets {
  readonly shape: readonly number[];
  readonly rows: readonly (readonly number[])[];
  readonly float?: boolean;
}

function targetsOf({ shape, rows, float }: Targets, chosen: readonly number[]): Tensor {
  const dims = [chosen.length, ...shape];
  const values = chosen.flatMap((i) => rows[i]!);
  return float ? new Tensor("float32", values, dims) : new Tensor("int64", values.map(BigInt), dims);
}

const classes: Targets = { shape: [], rows: [[0], [5], [2], [2], [1], [0]] };
const places: Targets = {
  shape: [2],
  rows: [
    [0, 2],
    [9, 1],
    [2, 9],
    [1, 1],
    [0, 0],
    [2, 0],
  ],
};
const everyPlace: Targets = { ...places, rows: places.rows.map((row) => row.map((y) => y % 9)) };
const numbers: Targets = {
  shape: [6],
  float: true,
  rows: Array.from({ length: 6 }, (_, i) =>
    Array.from({ length: 6 }, (_, j) => ((i * j) % 4 === 3 ? NaN : (3 * i + j) % 2)),
  ),
};

function start(step: TrainingStep): Record<string, Tensor> {
  const parameters = step.parameters.map((p) => [p.name, new Tensor("float32", p.initial, p.shape)]);
  const size = (shape: number[]) => shape.reduce((a, d) => a * d, 1);
  const state = step.state.map((s) => [s.name, new Tensor("float32", new Float32Array(size(s.shape)), s.shape)]);
  return Object.fromEntries([...parameters, ...state]) as Record<string, Tensor>;
}

async function oneByOne(step: TrainingStep, targets: Targets) {
  const session = await InferenceSession.create(writeModel(step.model));
  const feeds = start(step);
  for (const [i, rows] of batches.entries()) {
    const x = rows.flatMap((r) => Array.from(samples.subarray(4 * r, 4 * r + 4)));
    feeds["x"] = new Tensor("float32", x, [2, 4]);
    feeds["target"] = targetsOf(targets, rows);
    for (const [name, value] of Object.entries(step.scalars(i + 1, 0.01)))
      feeds[name] = new Tensor("float32", [value], []);
    const results = await session.run(feeds);
    for (const { name } of [...step.parameters, ...step.state]) feeds[name] = results[`next.${name}`]!;
  }
  return feeds;
}

async function inOneLoop(step: TrainingStep, targets: Targets) {
  const session = await InferenceSession.create(writeModel(trainingLoop(step, ["x", "target"])), {
    logSeverityLevel: 3,
  });
  const scalars = batches.map((_, i) => step.scalars(i + 1, 0.01));
  const stacked = Object.keys(scalars[0]!).map((name) => [
    name,
    new Tensor(
      "float32",
      scalars.map((s) => s[name]!),
      [batches.length],
    ),
  ]);
  return session.run({
    ...start(step),
    ...(Object.fromEntries(stacked) as Record<string, Tensor>),
    x: new Tensor("float32", samples, [6, 4]),
    target: targetsOf(targets, [0, 1, 2, 3, 4, 5]),
    rows: new Tensor("int32", Int32Array.from(batches.flat()), [batches.length, 2]),
  });
}

const operators = (list: readonly Node[]) => list.map((n) => n.opType);

function split(loss: Loss, dense = false) {
  const { nodes } = trainingLoop(stepOf(loss, dense), ["x", "target"]).graph;
  const body = nodes.find((n) => n.opType === "Scan")!.attributes["body"] as Graph;
  return { before: operators(nodes), within: operators(body.nodes) };
}

describe("leaves to a step only what depends on parameters, and no loss", () => {
  it("of classes", () => {
    const { before, within } = split(crossEntropy({ logits: "logits" }));
    for (const early of ["Unsqueeze", "Equal", "Cast"]) {
      expect(before).toContain(early);
      expect(within).not.toContain(early);
    }
    expect(within).not.toContain("LogSoftmax");
    expect(within.filter((op) => op === "Gather")).toHaveLength(1);
  });

  it.each([
    ["labels", binaryCrossEntropy({ logits: "logits" }), ["IsNaN", "Not", "ReduceSum"]],
    ["numbers", squaredError({ logits: "logits" }), ["IsNaN", "Cast"]],
  ] as const)("of %s", (_, loss, early) => {
    const { before, within } = split(loss);
    for (const op of early) {
      expect(before).toContain(op);
      if (op !== "ReduceSum") expect(within).not.toContain(op);
    }
    expect(within).not.toContain("Log");
    expect(within.filter((op) => op === "Gather")).toHaveLength(1);
  });
});

describe("takes the same steps as one call for each", () => {
  const logits = "logits";
  it.each<[string, Loss, Targets, boolean?]>([
    ["cross-entropy", crossEntropy({ logits }), classes],
    ["smoothed and weighted", crossEntropy({ logits, smoothing: 0.1, classWeights: [1, 2, 3, 4, 5, 6] }), classes],
    ["cross-entropy of places", crossEntropy({ logits }), everyPlace, true],
    ["places that count", crossEntropy({ logits, ignoreIndex: 9 }), places, true],
    ["weighted places that count", crossEntropy({ logits, ignoreIndex: 9, classWeights: [1, 2, 3] }), places, true],
    ["squared error of classes", meanSquaredError({ logits, smoothing: 0.1 }), classes],
    ["labels", binaryCrossEntropy({ logits }), numbers],
    ["weighted labels", binaryCrossEntropy({ logits, smoothing: 0.1, weights: [1, 2, 3, 4, 5, 6] }), numbers],
    ["numbers", squaredError({ logits }), numbers],
    ["Huber's", huber({ logits, delta: 0.5 }), numbers],
  ])("%s", async (_, loss, targets, dense) => {
    const step = stepOf(loss, dense);
    const expected = await oneByOne(step, targets);
    const results = await inOneLoop(step, targets);
    for (const { name } of [...step.parameters, ...step.state])
      expect(results[`next.${name}`]!.data, name).toEqual(expected[name]!.data);
  });
});
