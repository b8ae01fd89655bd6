import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { GraphBuilder } from "../builder.js";
import { differentiate } from "../differentiate.js";
import { float32 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { sgd } from "../training/optimizers.js";
import { trainingStep } from "../training/training-step.js";

const width = 4;
/** A small table, whose rows are all summed into, and a large one, of which those are that are taken. */
const sizes = [3, 3000];

/** Σ w · table[i] over the places i. */
function looksUp(rows: number) {
  const b = new GraphBuilder();
  const table = b.initializer("table", float32(new Float32Array(rows * width).fill(0.5), [rows, width]));
  const taken = b.op("Gather", [table, b.input("i", "int64", ["places"])]);
  b.setOutputs({
    loss: b.op("ReduceSum", [b.mul(taken, b.input("w", "float32", ["places", width]))], { keepdims: 0 }),
  });
  return b.model();
}

const int64 = (values: readonly number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), [values.length]);
const ofPlaces = (values: Float32Array) => new Tensor("float32", values, [values.length / width, width]);

it.each(sizes)("loses no sum of the rows of %d between threads, and counts places from the end", async (rows) => {
  // Three rows are taken, however many there are.
  const taken = [0, 1, rows - 1];
  const places = Array.from({ length: 6000 }, (_, i) => taken[i % 3]! - (i % 2 === 0 ? 0 : rows));
  const model = differentiate(looksUp(rows), { loss: "loss", wrt: ["table"] });
  const session = await InferenceSession.create(writeModel(model), { intraOpNumThreads: 4 });
  const ones = ofPlaces(new Float32Array(places.length * width).fill(1));
  const { "gradient.table": gradient } = await session.run({ i: int64(places), w: ones });
  const expected = Array.from({ length: rows * width }, (_, i) => (taken.includes(Math.floor(i / width)) ? 2000 : 0));
  expect([...(gradient!.data as Float32Array)]).toEqual(expected);
});

it.each(sizes)("has no gradient of a table of %d where no row is taken, and momentum decays", async (rows) => {
  const step = trainingStep(looksUp(rows), { loss: "loss", optimizer: sgd({ momentum: 0.5 }), trainable: ["table"] });
  const session = await InferenceSession.create(writeModel(step.model));
  const feeds: Record<string, Tensor> = { i: int64([]), w: ofPlaces(new Float32Array(0)) };
  for (const { name, shape, initial } of step.parameters) feeds[name] = new Tensor("float32", initial, shape);
  for (const { name, shape } of step.state)
    feeds[name] = new Tensor("float32", new Float32Array(rows * width).fill(1), shape);
  for (const [name, value] of Object.entries(step.scalars(1, 0.1))) feeds[name] = new Tensor("float32", [value], []);
  const results = await session.run(feeds);
  const [state] = step.state;
  expect([...(results[`next.${state!.name}`]!.data as Float32Array)]).toEqual(Array<number>(rows * width).fill(0.5));
});

/** Σ w · (2 x)[i]: rows that a batch has, of nodes or of tokens. @param adds where rows are added to others as well */
function looksUpRows({ adds }: { adds: boolean }) {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", ["rows", width]);
  const i = b.input("i", "int64", ["places"]);
  const taken = b.op("Gather", [b.mul(x, 2), i]);
  const weighed = b.mul(taken, b.input("w", "float32", ["places", width]));
  const where = b.op("Unsqueeze", [i, b.ints([1])]);
  const summed = adds ? b.op("ScatterND", [b.mul(x, 0), where, weighed], { reduction: "add" }) : weighed;
  b.setOutputs({ loss: b.op("ReduceSum", [summed], { keepdims: 0 }) });
  return differentiate(b.model(), { loss: "loss", wrt: ["x"] });
}

it("loses no sum of rows that a batch has either, and sums them first only where the graph adds none itself", async () => {
  const places = Array.from({ length: 6000 }, (_, i) => [0, 1, 299][i % 3]!);
  const expected = Array.from({ length: 300 * width }, (_, i) =>
    [0, 1, 299].includes(Math.floor(i / width)) ? 4000 : 0,
  );
  for (const adds of [false, true]) {
    const model = looksUpRows({ adds });
    const session = await InferenceSession.create(writeModel(model), { intraOpNumThreads: adds ? 1 : 4 });
    const feeds = {
      x: ofPlaces(new Float32Array(300 * width).fill(1)),
      i: int64(places),
      w: ofPlaces(new Float32Array(places.length * width).fill(1)),
    };
    const { "gradient.x": gradient } = await session.run(feeds);
    expect([...(gradient!.data as Float32Array)]).toEqual(expected);
    const operators = model.graph.nodes.map((node) => node.opType);
    expect(operators.includes("Unique")).toBe(!adds);
  }
});
