import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, it } from "vitest";
import { GraphBuilder } from "../builder.js";
import { differentiate } from "../differentiate.js";
import { float32 } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { sgd } from "../training/optimizers.js";
import { trainingStep } from "../training/training-step.js";

const [rows, width] = [3, 4];

/** Σ w · table[i] over the places i. */
function looksUp() {
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

it("loses no sum of a table's rows between threads, and counts places from the end", async () => {
  const places = Array.from({ length: 60_000 }, (_, i) => (i % rows) - (i % 2 === 0 ? 0 : rows));
  const model = differentiate(looksUp(), { loss: "loss", wrt: ["table"] });
  const session = await InferenceSession.create(writeModel(model), { intraOpNumThreads: 4 });
  const ones = ofPlaces(new Float32Array(places.length * width).fill(1));
  const { "gradient.table": gradient } = await session.run({ i: int64(places), w: ones });
  expect([...(gradient!.data as Float32Array)]).toEqual(Array<number>(rows * width).fill(20_000));
});

it("has no gradient of a table where no row is taken, and momentum decays", async () => {
  const step = trainingStep(looksUp(), { loss: "loss", optimizer: sgd({ momentum: 0.5 }), trainable: ["table"] });
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
