import {
  biasesAndScales,
  inParts,
  sgd,
  trainingStep,
  type Model,
  type Optimizer,
  type TrainingStep,
  type TrainingStepOptions,
} from "@taskhead/autograd";
import type { Backbone } from "../backbone/backbone.js";
import { trainBatchNorms } from "../backbone/batchnorm.js";
import { fitted } from "../backbone/fit.js";
import { frozenBytes, frozenSamples, placeCounts, splitFrozen, type FrozenSplit } from "../backbone/frozen.js";
import type { Samples } from "../data/samples.js";
import { Trainer } from "../engine/trainer.js";
import type { Weights } from "../engine/weights.js";
import { linearHead, withHead, type Head } from "../heads/index.js";
import type { Data } from "../probe/data.js";
import type { TrainingPrecision } from "./precisions.js";
import { feedsInParts, wholeFeeds, type StepFeeds } from "./step-feeds.js";
import { takenRows } from "./taken-rows.js";

/** What decides the training graph and the batches that it is fed, in fine-tuning and in the search for its rate. */
export interface TrainingOptions {
  /** The head that fine-tuning starts from, v_tau. */
  head: Weights;
  /** What kind of head that is. Default: linear. */
  architecture?: Head;
  batch: number;
  /** Default: `usualOptimizer`. Weight decay spares biases and scales (`biasesAndScales`). */
  optimizer?: Optimizer;
  /** A factor on the learning rate, per parameter. */
  rateMultiplier?: (parameter: string) => number;
  /** A penalty on each parameter, part of the loss that is minimised, as `aroundStart` gives it; losses are told without. */
  penalty?: TrainingStepOptions["penalty"];
  /** The step from which each parameter is trained, as `unfreezing` gives it. */
  onset?: TrainingStepOptions["onset"];
  /**
   * BatchNorm in training steps: with its frozen statistics (default), or with those of the batch, moving its own along
   * (`trainBatchNorms`). Evaluation always uses its own.
   */
  batchNorm?: "frozen" | "train";
  /**
   * What lies below everything trained is computed once and kept, if that takes at most this many bytes; else it is
   * computed again in every step. Default 1 GB.
   */
  cacheBytes?: number;
  /** Clip gradients by their global norm to this. Default: not at all. */
  clipNorm?: number;
  /**
   * Products of training steps in float16, with a scale on the loss (`trainingStep`'s `half`): of use on a device that has them
   * (`Engine.halfPrecision`). Features and evaluation stay float32. Default fp32.
   */
  precision?: TrainingPrecision;
  /** A weight per class or label in the training loss, [k]. Default: all 1. */
  classWeights?: readonly number[];
  seed: number;
}

/** SGD with momentum 0.9, no decay. */
export const usualOptimizer = sgd({ momentum: 0.9, weightDecay: 0 });

/** Whether the optimizer keeps second moments, as adamw does: its steps have a length of their own. */
export function isAdaptive({ optimizer }: Pick<TrainingOptions, "optimizer">): boolean {
  return (optimizer?.state.length ?? 0) > 1;
}

/** The part of a network that nothing trained lies below. */
export interface FrozenPart {
  /** The values where it ends. */
  ends: readonly string[];
  /** What they take for all samples, as float32. */
  bytes: number;
  /** Whether they are kept in memory, instead of computed in every step: if they fit and no sample is augmented. */
  cached: boolean;
}

/** A network ready to be trained, and samples as it takes them. */
export interface Training {
  /** Backbone and head in evaluation mode, without the part that is kept. */
  network: Model;
  /** null where something is trained below every layer. */
  frozen: FrozenPart | null;
  /** The names of the parameters that it trains: the backbone's, then the head's. */
  trained: readonly string[];
  trainer: Trainer;
  /** What the trainer's steps are fed. */
  feeds: StepFeeds;
  /** Each set, with what is kept in place of what it is computed from. */
  sets: readonly Samples[];
}

/**
 * Makes the training graph, and computes once what nothing trained lies below.
 * @param data `train` where the first of the sets is a part of it: the graph is then the same for all its parts
 * @param sets the training samples first
 */
export async function createTrainer(
  backbone: Backbone,
  { engine, objective, train }: Pick<Data, "engine" | "objective"> & Partial<Pick<Data, "train">>,
  options: TrainingOptions,
  sets: readonly Samples[],
): Promise<Training> {
  const fed: Samples[] = [];
  for (const samples of sets) fed.push(await fitted(backbone, samples));
  const { architecture = linearHead() } = options;
  const headed = withHead(backbone, architecture, objective.outputs, options.head);
  const trainable = [...backbone.parameters, ...architecture.parameters];
  const inputs = backbone.inputs.map(({ name }) => name);
  const split = splitFrozen(headed, inputs, trainable);
  const counts = split ? await Promise.all(fed.map((samples) => placeCounts(split, samples))) : [];
  const frozen = split ? frozenPart(split, options, fed, counts) : null;
  const kept = frozen?.cached ? split : undefined;
  const network = kept?.upper ?? headed;
  // Statistics of a batch are of all of it.
  const parts = (options.batchNorm !== "train" && fed[0]?.parts) || 1;
  const { optimizer = usualOptimizer, penalty } = options;
  const mayLeave = (name: string): boolean => optimizer.scalesUntouched === true && penalty?.(name) === undefined;
  const all = train ? await fitted(backbone, train) : fed[0]!;
  const fewer = await takenRows(network, trainable, all, { engine, mayLeave });
  const stepped = fewer?.model ?? network;
  const pieces = parts > 1 ? inParts(logitsOf(stepped), parts, { engine: engine.name }) : undefined;
  const step = await stepGraph({ engine, objective }, options, pieces?.model ?? stepped, trainable);
  const own: Samples[] = [];
  for (const [i, samples] of fed.entries())
    own.push(kept ? await frozenSamples(engine, kept, samples, counts[i]!) : samples);
  const whole = pieces ? feedsInParts(engine, pieces) : wholeFeeds;
  const feeds: StepFeeds = (samples, indices) => whole(fewer ? fewer.samples(samples) : samples, indices);
  const trainer = await Trainer.create(engine, step, fewer?.tables);
  return { network, frozen, trained: trainable, trainer, feeds, sets: own };
}

function frozenPart(
  split: FrozenSplit,
  { cacheBytes = 1e9 }: TrainingOptions,
  sets: readonly Samples[],
  counts: readonly Uint32Array[],
): FrozenPart {
  const bytes = counts.reduce((sum, own) => sum + frozenBytes(split, own), 0);
  const changing = sets.some((samples) => samples.inEpoch !== undefined);
  // Kept values are padded with zeros, and not with what becomes of padding: where no input says which it is, that would be read.
  const padded =
    split.values.some(({ places }) => places) && counts.some((own) => own.some((count) => count !== own[0]));
  return {
    ends: split.values.map((v) => v.name),
    bytes,
    cached: !changing && !(padded && split.readsInputs.length === 0) && bytes <= cacheBytes,
  };
}

/** Of a training step nothing else is asked. */
function logitsOf(network: Model): Model {
  const outputs = network.graph.outputs.filter(({ name }) => name === "logits");
  return { ...network, graph: { ...network.graph, outputs } };
}

async function stepGraph(
  { engine, objective }: Pick<Data, "engine" | "objective">,
  options: TrainingOptions,
  network: Model,
  trainable: readonly string[],
): Promise<TrainingStep> {
  const { optimizer = usualOptimizer, classWeights } = options;
  const { model, carried } =
    options.batchNorm === "train" ? trainBatchNorms(network, trainable) : { model: network, carried: undefined };
  const spared = biasesAndScales(network, trainable);
  const loss = objective.loss({ weights: classWeights });
  return trainingStep(model, {
    // Of its logits the training score is made, whoever wrote the loss.
    loss: { logits: "logits", attach: (b) => loss.attach(b) },
    optimizer,
    trainable,
    rateMultiplier: options.rateMultiplier,
    penalty: options.penalty,
    onset: options.onset,
    decays: (name) => !spared.has(name),
    clipNorm: options.clipNorm,
    carried,
    half: options.precision === "fp16",
    engine: engine.name,
    channelBlock: await engine.channelBlock(),
  });
}
