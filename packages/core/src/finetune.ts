import { crossEntropy, sgd, trainingStep, type Model, type Optimizer } from "@taskhead/autograd";
import { adaptation, type Adaptation } from "./adaptation.js";
import type { Backbone } from "./backbone.js";
import { trainBatchNorms } from "./batchnorm.js";
import { Breather } from "./breather.js";
import {
  makeCheckpoint,
  readCheckpoint,
  type EpochMetrics,
  type FinetuneCheckpoint,
  type Progress,
  type RunIdentity,
} from "./checkpoint.js";
import type { Engine } from "./engine.js";
import { accuracy, countCorrect, crossEntropyLoss } from "./energy.js";
import { DivergedError } from "./errors.js";
import { predict } from "./evaluate.js";
import { extractFeatures } from "./features.js";
import { bytesPerSample, frozenInputs, splitFrozen, type FrozenSplit } from "./frozen.js";
import { headNorm, linearHead, withHead, type Head } from "./heads/index.js";
import { batches, pick, requireSize, type Images } from "./images.js";
import { imageInputs, type Inputs } from "./inputs.js";
import { epochOrder } from "./random.js";
import { Trainer } from "./trainer.js";
import type { Weights } from "./weights.js";

export interface FinetuneOptions {
  engine: Engine;
  backbone: Backbone;
  /** The head that fine-tuning starts from, v_tau. */
  head: Weights;
  /** What kind of head that is. Default: linear. */
  architecture?: Head;
  images: Images;
  validation: Images;
  /** k */
  classes: number;
  epochs: number;
  batch: number;
  learningRate: number;
  /** Default: SGD with momentum 0.9, no decay. */
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
  seed: number;
  /** z_0 of both sets, [N, h]; extracted when left out. */
  before?: { train: Float32Array; validation: Float32Array };
  /** Go on from here. */
  checkpoint?: FinetuneCheckpoint;
  onStep?: (step: FinetuneStep) => void;
  onEpoch?: (metrics: EpochMetrics) => void | Promise<void>;
  /** Called at every epoch's end, and within an epoch after every `saveEvery` steps. */
  onCheckpoint?: (checkpoint: FinetuneCheckpoint) => void | Promise<void>;
  saveEvery?: number;
  /** Asked before every step; true ends the run with a checkpoint. */
  shouldStop?: () => boolean;
}

export interface FinetuneStep {
  /** From 1. */
  epoch: number;
  /** From 1. */
  batch: number;
  batches: number;
  /** Mean over the batch, before its update. */
  loss: number;
}

export interface FinetuneResult {
  interrupted?: undefined;
  epochs: EpochMetrics[];
  /** The epoch of the highest validation accuracy, the earlier of equals; 0 if no epoch was run. */
  bestEpoch: number;
  /** All trained parameters, backbone and head, after that epoch. */
  best: Map<string, Float32Array>;
  /** And after the last epoch. */
  last: Map<string, Float32Array>;
  /** From z_0 to z_T after the last epoch. */
  adaptation: { train: Adaptation; validation: Adaptation };
  /** z_T, [N, h]. */
  after: { train: Float32Array; validation: Float32Array };
  /** The part of the network that nothing trained lies below; null without one. */
  frozen: FrozenPart | null;
}

export interface FrozenPart {
  /** The values where it ends. */
  ends: readonly string[];
  /** What they take for all images, as float32. */
  bytes: number;
  /** Whether they were kept in memory, instead of computed in every step. */
  cached: boolean;
}

/** What a stopped run leaves: enough to go on to the same result, bit for bit. */
export interface Interrupted {
  interrupted: FinetuneCheckpoint;
}

/** A run under way. */
interface Run {
  options: FinetuneOptions;
  /** Backbone and head in evaluation mode, without the part that is cached. */
  network: Model;
  frozen: FrozenPart | null;
  inputs: { train: Inputs; validation: Inputs };
  trainer: Trainer;
  progress: Progress;
  best: Map<string, Float32Array>;
  /** z_0 */
  before: { train: Float32Array; validation: Float32Array };
  breather: Breather;
}

/**
 * Fine-tuning: trains backbone and head together from (B_0, v_tau) by one training-step graph, with hard labels.
 * @throws {DivergedError} with the epoch, if the loss stops being finite.
 */
export async function finetune(options: FinetuneOptions): Promise<FinetuneResult | Interrupted> {
  requireSize(options.backbone, options.images);
  requireSize(options.backbone, options.validation);
  const run = await begin(options);
  try {
    while (run.progress.epoch < options.epochs) {
      if (!(await trainEpoch(run))) return { interrupted: checkpointOf(run) };
      await endEpoch(run);
    }
    return await finish(run);
  } finally {
    await run.trainer.release();
  }
}

async function begin(options: FinetuneOptions): Promise<Run> {
  const { engine, backbone, architecture = linearHead(), images, validation } = options;
  const headed = withHead(backbone, architecture, options.classes, options.head);
  const trainable = [...backbone.parameters, ...architecture.parameters];
  const split = splitFrozen(headed, backbone.inputName, trainable);
  const frozen = split ? frozenPart(split, options) : null;
  const kept = frozen?.cached ? split : undefined;
  const network = kept?.upper ?? headed;
  const inputsOf = async (of: Images): Promise<Inputs> =>
    kept ? frozenInputs(engine, backbone, kept, of) : imageInputs(engine, backbone, of);
  const resumed = options.checkpoint && readCheckpoint(options.checkpoint, identity(options));
  const trainer = await Trainer.create(engine, await stepGraph(options, network, trainable));
  try {
    if (resumed) trainer.load(resumed.trainer);
    return {
      options,
      network,
      frozen,
      inputs: { train: await inputsOf(images), validation: await inputsOf(validation) },
      trainer,
      progress: resumed?.progress ?? atStart(),
      best: resumed?.best ?? trainer.parameters(),
      before: options.before ?? {
        train: await extractFeatures(engine, backbone, images),
        validation: await extractFeatures(engine, backbone, validation),
      },
      breather: new Breather(),
    };
  } catch (error) {
    await trainer.release();
    throw error;
  }
}

function frozenPart(split: FrozenSplit, { images, validation, cacheBytes = 1e9 }: FinetuneOptions): FrozenPart {
  const bytes = bytesPerSample(split) * (images.count + validation.count);
  return { ends: split.values.map((v) => v.name), bytes, cached: bytes <= cacheBytes };
}

async function stepGraph(options: FinetuneOptions, network: Model, trainable: readonly string[]) {
  const { engine, optimizer = sgd({ momentum: 0.9, weightDecay: 0 }), rateMultiplier, batchNorm } = options;
  const { model, carried } =
    batchNorm === "train" ? trainBatchNorms(network, trainable) : { model: network, carried: undefined };
  return trainingStep(model, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer,
    trainable,
    rateMultiplier,
    carried,
    channelBlock: await engine.channelBlock(),
  });
}

function atStart(): Progress {
  return { epoch: 0, batch: 0, lossSum: 0, correct: 0, seen: 0, history: [], bestEpoch: 0 };
}

/** The rest of the epoch under way; false if it was stopped. */
async function trainEpoch(run: Run): Promise<boolean> {
  const { options, trainer, progress } = run;
  const epoch = progress.epoch + 1;
  const order = batches(epochOrder(options.images.count, options.seed, "finetune", epoch), options.batch);
  while (progress.batch < order.length) {
    if (options.shouldStop?.()) return false;
    const loss = await trainBatch(run, order[progress.batch]!, epoch);
    progress.batch++;
    options.onStep?.({ epoch, batch: progress.batch, batches: order.length, loss });
    if (options.saveEvery && trainer.steps % options.saveEvery === 0 && progress.batch < order.length)
      await options.onCheckpoint?.(checkpointOf(run));
    await run.breather.breathe();
  }
  return true;
}

async function trainBatch(run: Run, indices: number[], epoch: number): Promise<number> {
  const { options, trainer, progress, inputs } = run;
  const { images, classes } = options;
  const labels = pick(images.labels, indices);
  const feeds = await inputs.train.feeds(indices);
  try {
    const { loss, logits } = await trainer.step(feeds, labels, options.learningRate);
    progress.lossSum += loss * indices.length;
    progress.correct += countCorrect(logits, labels, classes);
    progress.seen += indices.length;
    return loss;
  } catch (error) {
    throw error instanceof DivergedError ? error.inEpoch(epoch) : error;
  }
}

/** Validates, keeps the weights if they are the best so far, and moves on to the next epoch. */
async function endEpoch(run: Run): Promise<void> {
  const { options, progress, trainer } = run;
  const { engine, backbone, validation, classes } = options;
  const weights = trainer.parameters();
  const [predictions] = await predict(engine, run.network, weights, [run.inputs.validation]);
  const { logits, features } = predictions!;
  const metrics: EpochMetrics = {
    epoch: progress.epoch + 1,
    loss: progress.lossSum / progress.seen,
    trainAccuracy: progress.correct / progress.seen,
    validationLoss: crossEntropyLoss(logits, validation.labels, classes),
    validationAccuracy: accuracy(logits, validation.labels, classes),
    adaptation: adaptation(run.before.validation, features, backbone.width),
    headNorm: headNorm(weights),
  };
  if (!Number.isFinite(metrics.validationLoss))
    throw new DivergedError(metrics.validationLoss, trainer.steps, metrics.epoch);
  const record = Math.max(-1, ...progress.history.map((m) => m.validationAccuracy));
  if (metrics.validationAccuracy > record) {
    run.best = weights;
    progress.bestEpoch = metrics.epoch;
  }
  progress.history.push(metrics);
  Object.assign(progress, { epoch: metrics.epoch, batch: 0, lossSum: 0, correct: 0, seen: 0 });
  await options.onEpoch?.(metrics);
  await options.onCheckpoint?.(checkpointOf(run));
}

async function finish(run: Run): Promise<FinetuneResult> {
  const { options, network, frozen, inputs, trainer, progress, best, before } = run;
  const { engine, backbone } = options;
  const last = trainer.parameters();
  const [train, held] = await predict(engine, network, last, [inputs.train, inputs.validation]);
  const after = { train: train!.features, validation: held!.features };
  return {
    epochs: progress.history,
    bestEpoch: progress.bestEpoch,
    best,
    last,
    adaptation: {
      train: adaptation(before.train, after.train, backbone.width),
      validation: adaptation(before.validation, after.validation, backbone.width),
    },
    after,
    frozen,
  };
}

function checkpointOf({ options, trainer, best, progress }: Run): FinetuneCheckpoint {
  return makeCheckpoint(trainer.save(), best, progress, identity(options));
}

function identity({ seed, batch, learningRate, images }: FinetuneOptions): RunIdentity {
  return { seed, batch, learningRate, images: images.count };
}
