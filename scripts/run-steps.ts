/** Steps of a training graph, as a program without `@taskhead/core` takes them. Runs in Node.js and in a browser. */
import { sizeOf, writeModel, type EngineName, type TrainingStep } from "@taskhead/autograd";
import type { OnnxRuntime } from "@taskhead/core/internals";
import type { Tensor } from "onnxruntime-node";

export type Tensors = Record<string, Tensor>;

export interface Steps {
  /** Before each step. */
  readonly losses: readonly number[];
  /** All that the first step returned. */
  readonly first: Readonly<Tensors>;
}

/**
 * Takes steps on one batch.
 * @param ort onnxruntime-node or onnxruntime-web
 * @param data the batch: the model's inputs and `target`
 */
export async function runSteps(
  ort: OnnxRuntime,
  engine: EngineName,
  step: TrainingStep,
  data: Readonly<Tensors>,
  count: number,
  learningRate: number,
): Promise<Steps> {
  const session = await ort.InferenceSession.create(writeModel(step.model), { executionProviders: [engine] });
  const float32 = (values: Float32Array, shape: readonly number[]) => new ort.Tensor("float32", values, shape);
  const feeds: Tensors = { ...data };
  for (const { name, shape, initial } of step.parameters) feeds[name] = float32(initial, shape);
  for (const { name, shape } of step.state) feeds[name] = float32(new Float32Array(sizeOf(shape)), shape);
  const losses: number[] = [];
  let first: Tensors = {};
  for (let i = 1; i <= count; i++) {
    for (const [name, value] of Object.entries(step.scalars(i, learningRate)))
      feeds[name] = float32(Float32Array.of(value), []);
    const results = await session.run(feeds);
    if (i === 1) first = results;
    losses.push(Number(results["loss"]!.data[0]));
    for (const { name } of [...step.parameters, ...step.state]) feeds[name] = results[`next.${name}`]!;
  }
  await session.release();
  return { losses, first };
}
