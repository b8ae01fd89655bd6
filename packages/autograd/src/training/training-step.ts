import { appendGradients } from "../append-gradients.js";
import type { GraphBuilder } from "../builder.js";
import type { Model } from "../graph/model.js";
import { withWeightsAsInputs } from "../graph/weights.js";
import { buildOn, lower, type Lowered } from "../lower/build-on.js";
import type { DropoutMask } from "../lower/dropout.js";
import type { GraphOptions } from "../options.js";
import { blockChannels } from "../passes/block-channels.js";
import { foldBatchNormalization } from "../passes/fold-batch-normalization.js";
import { halfProducts } from "../passes/half-products.js";
import { convolveShortcuts } from "../passes/convolve-shortcuts.js";
import { foldPads } from "../passes/fold-pads.js";
import { foldMomentum } from "../passes/fold-momentum.js";
import { nameOutputs } from "../passes/name-outputs.js";
import { poolBeforeActivation } from "../passes/pool-before-activation.js";
import { clipByGlobalNorm, globalNorm } from "./clip.js";
import { attachLoss, type Loss } from "./losses/loss.js";
import { attachLossScale, finiteIf, lossScaleState, nextLossScale, scaled, unscaled } from "./loss-scale.js";
import { choose, gated, onlyIf, onsets, scalarsOf } from "./onset.js";
import type { Optimizer } from "./optimizers.js";
import { withPenalties, type Penalty } from "./penalty.js";
import { requireStep } from "./require-step.js";
import { updates } from "./updates.js";

export interface TrainingStepOptions extends GraphOptions {
  /** What to minimise: a loss to append, or the name of a scalar in the model. */
  readonly loss: Loss | string;
  readonly optimizer: Optimizer;
  /** Initializers to train; all else stays constant. */
  readonly trainable: readonly string[];
  /** A factor on each parameter's learning rate; 1 unless given. */
  readonly rateMultiplier?: (parameter: string) => number;
  /** Whether the optimizer's weight decay applies to a parameter; to all unless given (`biasesAndScales`). */
  readonly decays?: (parameter: string) => boolean;
  /** A quadratic penalty on a parameter, part of what is minimised; `loss` is returned without it. None unless given. */
  readonly penalty?: (parameter: string) => Penalty | undefined;
  /**
   * The step, counted from 1, from which a parameter is trained: before it the parameter and its optimizer state stay as
   * they are, bit for bit, its gradient counts in no norm, and the optimizer's steps count from there. 1 unless given.
   */
  readonly onset?: (parameter: string) => number;
  /** Clip the gradients by their global norm to this (`clipByGlobalNorm`); unclipped unless given. */
  readonly clipNorm?: number;
  /**
   * The size of the runtime's channel blocks, 8 or 16, where it has a channel-blocked layout: convolutions are then
   * several times faster (`blockChannels`).
   */
  readonly channelBlock?: number;
  /** Initializers that become another value after each step, without a gradient: running statistics, name → value. */
  readonly carried?: ReadonlyMap<string, string>;
  /**
   * Products in float16, forward and backward (`halfProducts`), all else and what is kept in float32, with a scale on the loss
   * that finds its own size (Micikevicius et al. 2018). A step whose gradients overflow changes nothing but the scale. There
   * are then no channel blocks. Not unless asked for.
   */
  readonly half?: boolean;
  /** Values to return besides the loss and the logits. */
  readonly outputs?: readonly string[];
  /** Return the loss's gradients too, as `gradient.<name>`, before penalties and clipping. */
  readonly gradients?: boolean;
}

/** One step of training as one ONNX model. */
export interface TrainingStep {
  /**
   * Inputs: the model's own, the `target` of the loss, every parameter and state under its name, the optimizer's scalars.
   * Outputs: `loss` (scalar), `logits` where the loss has any, `next.<name>` for every parameter and state; with
   * `clipNorm` also `gradientNorm`, of all gradients before clipping (scalar); with `half` also `finite`, 1 where the
   * gradients were and the step was made, else 0 (scalar).
   */
  readonly model: Model;
  readonly parameters: readonly { name: string; shape: number[]; initial: Float32Array }[];
  /** Optimizer state, zero at the start; with `half` the loss's scale too, which starts at a value of its own. */
  readonly state: readonly { name: string; shape: number[]; initial?: Float32Array }[];
  /** Dropout's masks (float32), to be drawn anew for each step; none unless `dropout` was asked for. */
  readonly masks: readonly DropoutMask[];
  /** The scalars (float32 []) to feed at a step, counted from 1. */
  scalars(step: number, learningRate: number): Record<string, number>;
}

/**
 * Emits forward pass, loss, gradients and optimizer update of a model as one graph.
 * @throws {UnsupportedError} if an operator on the way to the loss has no gradient.
 * @throws {ModelError} if a name in `trainable` is no float32 weight, is there twice, or the loss does not depend on it; and
 * for numbers that make no sense, such as a negative factor on a rate.
 */
export function trainingStep(model: Model, options: TrainingStepOptions): TrainingStep {
  const { loss, optimizer, trainable, rateMultiplier = () => 1, decays = () => true, clipNorm } = options;
  const { penalty = () => undefined, onset = () => 1, half = false } = options;
  requireStep(options);
  const carried = options.carried ?? new Map<string, string>();
  const changing = [...trainable, ...carried.keys()];
  const fed = withWeightsAsInputs(model, changing);
  const parameters = changing.map((name) => {
    const { shape, data } = model.graph.initializers.get(name)!;
    return { name, shape: [...shape], initial: data as Float32Array };
  });
  const { b, masks } = prepared(fed, options);
  if (half) attachLossScale(b);
  const { loss: lossValue, from } = attachLoss(b, loss);
  const gradients = half
    ? unscaled(b, appendGradients(b, scaled(b, from), trainable, options))
    : appendGradients(b, from, trainable, options);
  const stages = onsets(b, optimizer, trainable.map(onset));
  const begun = (name: string) => stages.get(onset(name))!;
  const whole = gated(b, withPenalties(b, gradients, model.graph.initializers, penalty), begun);
  const norm = half || clipNorm !== undefined ? globalNorm(b, whole) : undefined;
  const finite = half ? finiteIf(b, norm!) : undefined;
  const made = finite === undefined ? stages : new Map([...stages].map(([s, stage]) => [s, onlyIf(b, finite, stage)]));
  const stageOf = (name: string) => made.get(onset(name))!;
  const clipped = clipNorm === undefined ? undefined : clipByGlobalNorm(b, whole, clipNorm, norm);
  const applied = clipped?.gradients ?? whole;

  const outputs: Record<string, string> = { loss: lossValue };
  if (typeof loss === "object" && loss.logits !== undefined) outputs["logits"] = loss.logits;
  if (clipped) outputs["gradientNorm"] = clipped.norm;
  const state: { name: string; shape: number[]; initial?: Float32Array }[] = [];
  for (const [name, next] of carried)
    outputs[`next.${name}`] = finite === undefined ? next : choose(b, finite, next, name);
  const updated = parameters.filter(({ name }) => !carried.has(name));
  for (const { name, shape } of updated) {
    const own = optimizer.state.map((s) => ({ name: `${s}.${name}`, shape }));
    own.forEach((s) => b.input(s.name, "float32", s.shape));
    if (options.gradients) outputs[`gradient.${name}`] = gradients.get(name)!;
    state.push(...own);
  }
  const updating = { optimizer, gradients: applied, rateMultiplier, decays, stageOf };
  for (const [name, next] of updates(b, updated, updating)) outputs[`next.${name}`] = next;
  if (finite !== undefined) {
    outputs["finite"] = finite;
    state.push(...lossScaleState);
    for (const [name, next] of nextLossScale(b, finite)) outputs[`next.${name}`] = next;
  }
  for (const name of options.outputs ?? []) outputs[name] = name;
  b.setOutputs(outputs);
  const built = half ? inHalf(b) : b.model();
  return {
    model: foldMomentum(nameOutputs(built)),
    parameters,
    state,
    masks,
    scalars: scalarsOf(optimizer, [...stages.keys()]),
  };
}

/** What the processor computes for the engine stays as it is: its kernels have no float16. */
function inHalf(b: GraphBuilder): Model {
  const left = b.onProcessor;
  return halfProducts(
    b.model(),
    (value) => b.type(value).dtype === "float32",
    ({ name }) => left.has(name),
  );
}

/** The same function in a form that trains faster. */
function prepared(model: Model, options: TrainingStepOptions): Lowered {
  const whole = { ...options, sharesSizes: true };
  const lowered = lower(poolBeforeActivation(foldBatchNormalization(model)), whole);
  // Blocked convolutions have no float16.
  if (!options.channelBlock || options.half) return lowered;
  // Of what is lowered: the masks that Dropout multiplies by are inputs then.
  const block = options.channelBlock;
  const convolved = convolveShortcuts(foldPads(lowered.b.model()), block, whole);
  const blocked = blockChannels(convolved, block, whole);
  return { b: buildOn(blocked, whole), masks: lowered.masks };
}
