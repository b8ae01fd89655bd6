import {
  biasesAndScales,
  crossEntropy,
  sgd,
  trainingStep,
  type Model,
  type Optimizer,
  type TrainingStep,
} from "@taskhead/autograd";
import type { Augmentation } from "../images/augmentation/index.js";
import type { Backbone } from "../backbone/backbone.js";
import { trainBatchNorms } from "../backbone/batchnorm.js";
import type { Engine } from "../engine/engine.js";
import { bytesPerSample, frozenInputs, splitFrozen, type FrozenSplit } from "../backbone/frozen.js";
import { linearHead, withHead, type Head } from "../heads/index.js";
import type { Images } from "../images/images.js";
import { imageInputs, type Inputs } from "../data/inputs.js";
import { Trainer } from "../engine/trainer.js";
import type { Weights } from "../engine/weights.js";

/** What decides the training graph and the batches that it is fed, in fine-tuning and in the search for its rate. */
export interface TrainingSetup {
  engine: Engine;
  backbone: Backbone;
  /** The head that fine-tuning starts from, v_tau. */
  head: Weights;
  /** What kind of head that is. Default: linear. */
  architecture?: Head;
  images: Images;
  /** k */
  classes: number;
  batch: number;
  /** Default: SGD with momentum 0.9, no decay. Weight decay spares biases and scales (`biasesAndScales`). */
  optimizer?: Optimizer;
  /** A factor on the learning rate, per parameter. */
  rateMultiplier?: (parameter: string) => number;
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
  /** A weight per class in the training loss, [k]. Default: all 1. */
  classWeights?: readonly number[];
  /** Random changes to the training images, other ones in every epoch: nothing is kept then. Default: none. */
  augment?: readonly Augmentation[];
  seed: number;
}

/** The part of a network that nothing trained lies below. */
export interface FrozenPart {
  /** The values where it ends. */
  ends: readonly string[];
  /** What they take for all images, as float32. */
  bytes: number;
  /** Whether they are kept in memory, instead of computed in every step: if they fit and no image is augmented. */
  cached: boolean;
}

/** A network ready to be trained, and images as it takes them. */
export interface Training {
  /** Backbone and head in evaluation mode, without the part that is kept. */
  network: Model;
  /** null where something is trained below every layer. */
  frozen: FrozenPart | null;
  trainer: Trainer;
  /** Of each set of images. */
  inputs: readonly Inputs[];
}

/** Makes the training graph, and computes once what nothing trained lies below. */
export async function createTrainer(setup: TrainingSetup, sets: readonly Images[]): Promise<Training> {
  const { engine, backbone, architecture = linearHead(), classes } = setup;
  const headed = withHead(backbone, architecture, classes, setup.head);
  const trainable = [...backbone.parameters, ...architecture.parameters];
  const split = splitFrozen(headed, backbone.inputName, trainable);
  const frozen = split ? frozenPart(split, setup, sets) : null;
  const kept = frozen?.cached ? split : undefined;
  const network = kept?.upper ?? headed;
  const step = await stepGraph(setup, network, trainable);
  const inputs: Inputs[] = [];
  for (const images of sets)
    inputs.push(kept ? await frozenInputs(engine, backbone, kept, images) : imageInputs(engine, backbone, images));
  return { network, frozen, trainer: await Trainer.create(engine, step), inputs };
}

function frozenPart(split: FrozenSplit, setup: TrainingSetup, sets: readonly Images[]): FrozenPart {
  const { augment = [], cacheBytes = 1e9 } = setup;
  const bytes = bytesPerSample(split) * sets.reduce((sum, { count }) => sum + count, 0);
  return { ends: split.values.map((v) => v.name), bytes, cached: augment.length === 0 && bytes <= cacheBytes };
}

async function stepGraph(setup: TrainingSetup, network: Model, trainable: readonly string[]): Promise<TrainingStep> {
  const { engine, optimizer = sgd({ momentum: 0.9, weightDecay: 0 }), classWeights } = setup;
  const { model, carried } =
    setup.batchNorm === "train" ? trainBatchNorms(network, trainable) : { model: network, carried: undefined };
  const spared = biasesAndScales(network, trainable);
  return trainingStep(model, {
    loss: crossEntropy({ logits: "logits", classWeights }),
    optimizer,
    trainable,
    rateMultiplier: setup.rateMultiplier,
    decays: (name) => !spared.has(name),
    clipNorm: setup.clipNorm,
    carried,
    engine: engine.name,
    channelBlock: await engine.channelBlock(),
  });
}
