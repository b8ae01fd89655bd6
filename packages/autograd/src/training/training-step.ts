import { GraphBuilder } from "../builder.js";
import { differentiate } from "../differentiate.js";
import { ModelError } from "../errors.js";
import type { Model } from "../graph/model.js";
import { blockChannels } from "../passes/block-channels.js";
import { foldBatchNormalization } from "../passes/fold-batch-normalization.js";
import { poolBeforeActivation } from "../passes/pool-before-activation.js";
import type { Loss } from "./loss.js";
import type { Optimizer } from "./optimizers.js";

export interface TrainingStepOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Initializers to train; all else stays constant. */
  readonly trainable: readonly string[];
  /** A factor on each parameter's learning rate; 1 unless given. */
  readonly rateMultiplier?: (parameter: string) => number;
  /**
   * The size of the runtime's channel blocks, 8 or 16, where it has a channel-blocked layout: convolutions are then
   * several times faster (`blockChannels`).
   */
  readonly channelBlock?: number;
  /** Values to return besides the loss and the logits. */
  readonly outputs?: readonly string[];
  /** Return the gradients too, as `gradient.<name>`. */
  readonly gradients?: boolean;
}

/** One step of training as one ONNX model. */
export interface TrainingStep {
  /**
   * Inputs: the model's own, `target` (int64 [batch]), every parameter and state under its name, the optimizer's scalars.
   * Outputs: `loss` (scalar), `logits`, and `next.<name>` for every parameter and state.
   */
  readonly model: Model;
  readonly parameters: readonly { name: string; shape: number[]; initial: Float32Array }[];
  /** Optimizer state, zero at the start. */
  readonly state: readonly { name: string; shape: number[] }[];
  /** The scalars (float32 []) to feed at a step, counted from 1. */
  scalars(step: number, learningRate: number): Record<string, number>;
}

/**
 * Emits forward pass, loss, gradients and optimizer update of a model as one graph.
 * @throws {UnsupportedError} if an operator on the way to the loss has no gradient.
 */
export function trainingStep(model: Model, options: TrainingStepOptions): TrainingStep {
  const { loss, optimizer, trainable, rateMultiplier = () => 1 } = options;
  const parameters = trainable.map((name) => {
    const tensor = model.graph.initializers.get(name);
    if (!tensor || tensor.dtype !== "float32")
      throw new ModelError(`'${name}' is no float32 weight of the model, it cannot be trained`);
    return { name, shape: [...tensor.shape], initial: tensor.data as Float32Array };
  });
  const b = GraphBuilder.from(prepared(weightsAsInputs(model, new Set(trainable)), options.channelBlock));
  const logits = b.resolve(loss.logits);
  const lossValue = loss.attach(b);
  const gradients = differentiate(b, lossValue, trainable);

  const scalarName = (name: string) => `optimizer.${name}`;
  const scalarNames = Object.keys(optimizer.scalars(1, 1));
  const scalars = Object.fromEntries(scalarNames.map((name) => [name, b.input(scalarName(name), "float32", [])]));
  const outputs: Record<string, string> = { loss: lossValue, logits };
  const state: { name: string; shape: number[] }[] = [];
  for (const { name, shape } of parameters) {
    const own = optimizer.state.map((s) => ({ name: `${s}.${name}`, shape }));
    own.forEach((s) => b.input(s.name, "float32", s.shape));
    const gradient = gradients.get(name)!;
    const next = optimizer.update(b, {
      parameter: name,
      gradient,
      state: own.map((s) => s.name),
      scalars,
      rateMultiplier: rateMultiplier(name),
    });
    outputs[`next.${name}`] = next.parameter;
    own.forEach((s, i) => (outputs[`next.${s.name}`] = next.state[i]!));
    if (options.gradients) outputs[`gradient.${name}`] = gradient;
    state.push(...own);
  }
  for (const name of options.outputs ?? []) outputs[name] = name;
  b.setOutputs(outputs);
  return {
    model: b.model(),
    parameters,
    state,
    scalars: (step, learningRate) =>
      Object.fromEntries(
        Object.entries(optimizer.scalars(step, learningRate)).map(([name, value]) => [scalarName(name), value]),
      ),
  };
}

/** The same function in a form that trains faster. */
function prepared(model: Model, channelBlock: number | undefined): Model {
  const lean = poolBeforeActivation(foldBatchNormalization(model));
  return channelBlock ? blockChannels(lean, channelBlock) : lean;
}

/** Weights that change from step to step are fed, not stored. */
function weightsAsInputs(model: Model, trainable: ReadonlySet<string>): Model {
  const { graph } = model;
  const fed = [...graph.initializers].filter(([name]) => trainable.has(name));
  return {
    ...model,
    graph: {
      ...graph,
      inputs: [...graph.inputs, ...fed.map(([name, { dtype, shape }]) => ({ name, type: { dtype, shape } }))],
      initializers: new Map([...graph.initializers].filter(([name]) => !trainable.has(name))),
    },
  };
}
