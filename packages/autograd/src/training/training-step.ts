import { appendGradients } from "../append-gradients.js";
import type { GraphBuilder, Value } from "../builder.js";
import type { Model } from "../graph/model.js";
import type { Tensor } from "../graph/tensor.js";
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
import { choose, gated, onlyIf, onsets, scalarsOf, type Onset } from "./onset.js";
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
  const { loss, optimizer, trainable, onset = () => 1, carried = new Map<string, string>() } = options;
  const { rateMultiplier = () => 1, decays = () => true, half = false } = options;
  requireStep(options);
  const starts = model.graph.initializers;
  const { b, masks } = prepared(withWeightsAsInputs(model, [...trainable, ...carried.keys()]), options);
  const ofLoss = lossWithGradients(b, options);
  const stages = onsets(b, optimizer, trainable.map(onset));
  const { gradients, norm, finite, stageOf } = applied(b, ofLoss.gradients, starts, stages, options);

  const trained = trainable.map((name) => parameter(name, starts));
  const state = trained.flatMap(({ name, shape }) => optimizer.state.map((s) => ({ name: `${s}.${name}`, shape })));
  for (const { name, shape } of state) b.input(name, "float32", shape);
  const carriedOn = [...carried].map(
    ([name, next]) => [name, finite === undefined ? next : choose(b, finite, next, name)] as const,
  );
  b.setOutputs({
    loss: ofLoss.loss,
    ...(typeof loss === "object" && loss.logits !== undefined ? { logits: loss.logits } : {}),
    ...(norm === undefined ? {} : { gradientNorm: norm }),
    ...prefixed("next.", carriedOn),
    ...(options.gradients ? prefixed("gradient.", ofLoss.gradients) : {}),
    ...prefixed("next.", updates(b, trained, { optimizer, gradients, rateMultiplier, decays, stageOf })),
    ...(finite === undefined ? {} : { finite, ...prefixed("next.", nextLossScale(b, finite)) }),
    ...Object.fromEntries((options.outputs ?? []).map((name) => [name, name])),
  });
  return {
    model: foldMomentum(nameOutputs(half ? inHalf(b) : b.model())),
    parameters: [...trained, ...[...carried.keys()].map((name) => parameter(name, starts))],
    state: half ? [...state, ...lossScaleState] : state,
    masks,
    scalars: scalarsOf(optimizer, [...stages.keys()]),
  };
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

/** The loss, and its own gradients: where it was scaled for them, that is undone. */
function lossWithGradients(
  b: GraphBuilder,
  options: TrainingStepOptions,
): { loss: Value; gradients: ReadonlyMap<Value, Value> } {
  const { trainable, half } = options;
  if (half) attachLossScale(b);
  const { loss, from } = attachLoss(b, options.loss);
  if (!half) return { loss, gradients: appendGradients(b, from, trainable, options) };
  return { loss, gradients: unscaled(b, appendGradients(b, scaled(b, from), trainable, options)) };
}

/** What the optimizer is given of the loss's gradients. */
interface Applied {
  /** With penalties, 0 before a parameter's onset, and clipped. */
  readonly gradients: ReadonlyMap<Value, Value>;
  /** Of all of them before clipping; there if they are clipped. */
  readonly norm?: Value;
  /** Whether all of them are finite numbers, float32 []; there if products are in float16. */
  readonly finite?: Value;
  /** When a parameter is trained: from its onset on, in steps that are finite. */
  readonly stageOf: (parameter: string) => Onset;
}

function applied(
  b: GraphBuilder,
  ofLoss: ReadonlyMap<Value, Value>,
  starts: ReadonlyMap<string, Tensor>,
  stages: ReadonlyMap<number, Onset>,
  { penalty = () => undefined, onset = () => 1, clipNorm, half = false }: TrainingStepOptions,
): Applied {
  const begun = (parameter: string): Onset => stages.get(onset(parameter))!;
  const gradients = gated(b, withPenalties(b, ofLoss, starts, penalty), begun);
  if (!half && clipNorm === undefined) return { gradients, stageOf: begun };
  const norm = globalNorm(b, gradients);
  const finite = half ? finiteIf(b, norm) : undefined;
  const sound = new Map([...stages].map(([step, stage]) => [step, finite ? onlyIf(b, finite, stage) : stage]));
  return {
    ...(finite === undefined ? {} : { finite }),
    ...(clipNorm === undefined ? { gradients } : clipByGlobalNorm(b, gradients, clipNorm, norm)),
    stageOf: (parameter) => sound.get(onset(parameter))!,
  };
}

function parameter(name: string, starts: ReadonlyMap<string, Tensor>): TrainingStep["parameters"][number] {
  const { shape, data } = starts.get(name)!;
  return { name, shape: [...shape], initial: data as Float32Array };
}

function prefixed(prefix: string, values: Iterable<readonly [string, Value]>): Record<string, Value> {
  return Object.fromEntries([...values].map(([name, value]) => [`${prefix}${name}`, value]));
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
