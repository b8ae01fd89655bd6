/** Steps of a training graph, with all that they return. */
import type { TrainingStep } from "@taskhead/autograd";
import type { Engine } from "@taskhead/core";
import type { Tensor } from "onnxruntime-node";

export type Tensors = Record<string, Tensor>;

export interface Steps {
  /** Before each step. */
  readonly losses: readonly number[];
  /** All that the first step returned, but for the next parameters. */
  readonly first: Readonly<Tensors>;
}

/**
 * Takes steps on one batch, with state where the engine keeps it.
 * @param data the batch: the model's inputs and `target`
 */
export async function runSteps(
  engine: Engine,
  step: TrainingStep,
  data: Readonly<Tensors>,
  count: number,
  learningRate: number,
): Promise<Steps> {
  const buffers = [...step.parameters, ...step.state];
  const session = await engine.session(step.model, { staying: buffers.map(({ name }) => `next.${name}`) });
  const state = engine.state(buffers);
  const losses: number[] = [];
  let first: Tensors = {};
  for (let i = 1; i <= count; i++) {
    const scalars = Object.entries(step.scalars(i, learningRate));
    const fed = scalars.map(([name, value]) => [name, engine.tensor("float32", Float32Array.of(value), [])] as const);
    const results = (await state.step(session, { ...data, ...Object.fromEntries(fed) })) as Tensors;
    if (i === 1) first = results;
    losses.push(Number(results["loss"]!.data[0]));
  }
  state.release();
  await session.release();
  return { losses, first };
}
