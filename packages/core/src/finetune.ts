import { biasesAndScales, crossEntropy, sgd, trainingStep, type Model, type Optimizer } from "@taskhead/autograd";
import { adaptation, type Adaptation } from "./adaptation.js";
import { augmented, type Augmentation } from "./augmentation/index.js";
import type { Backbone } from "./backbone.js";
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
import { linearHead, withHead, type Head } from "./heads/index.js";
import { batches, imageTensor, pick, requireSize, type Images } from "./images.js";
import { epochOrder } from "./random.js";
import { rateFactor, type Schedule } from "./schedule.js";
import { Trainer } from "./trainer.js";
import type { Weights } from "./weights.js";

/** What decides the training graph and the batches that it is fed. */
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
  /** Clip gradients by their global norm to this. Default: not at all. */
  clipNorm?: number;
  /** A weight per class in the training loss, [k]. Default: all 1. */
  classWeights?: readonly number[];
  /** Random changes to the training images. Default: none. */
  augment?: readonly Augmentation[];
  seed: number;
}

export interface FinetuneOptions extends TrainingSetup {
  validation: Images;
  epochs: number;
  /** The highest; `schedule` says how it is reached and left. */
  learningRate: number;
  /** Default: constant, without warm-up. */
  schedule?: Schedule;
  /** Stop after this many epochs in a row without a higher validation accuracy. Default: never. */
  patience?: number;
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
}

/** What a stopped run leaves: enough to go on to the same result, bit for bit. */
export interface Interrupted {
  interrupted: FinetuneCheckpoint;
}

/** A run under way. */
interface Run {
  options: FinetuneOptions;
  headed: Model;
  trainer: Trainer;
  progress: Progress;
  best: Map<string, Float32Array>;
  breather: Breather;
}

/** A training loss this many times that of both the first batch and guessing will not come down to anything useful. */
const explosion = 10;

/**
 * Fine-tuning: trains backbone and head together from (B_0, v_tau) by one training-step graph, hard labels, BatchNorm
 * in evaluation mode.
 * @throws {DivergedError} with the epoch, if the loss stops being finite, or an epoch's mean is ten times the loss of both
 * the first batch and a uniform guess, ln k.
 */
export async function finetune(options: FinetuneOptions): Promise<FinetuneResult | Interrupted> {
  requireSize(options.backbone, options.images);
  requireSize(options.backbone, options.validation);
  const run = await begin(options);
  try {
    while (run.progress.epoch < options.epochs && !patienceIsOver(run)) {
      if (!(await trainEpoch(run))) return { interrupted: checkpointOf(run) };
      await endEpoch(run);
    }
    return await finish(run);
  } finally {
    await run.trainer.release();
  }
}

async function begin(options: FinetuneOptions): Promise<Run> {
  const { headed, trainer } = await createTrainer(options);
  try {
    const resumed = options.checkpoint && readCheckpoint(options.checkpoint, identity(options));
    if (resumed) trainer.load(resumed.trainer);
    return {
      options,
      headed,
      trainer,
      progress: resumed?.progress ?? atStart(),
      best: resumed?.best ?? trainer.parameters(),
      breather: new Breather(),
    };
  } catch (error) {
    await trainer.release();
    throw error;
  }
}

/** The training graph of backbone and head, ready to step; and the two as a model. */
export async function createTrainer(setup: TrainingSetup): Promise<{ headed: Model; trainer: Trainer }> {
  const { engine, backbone, architecture = linearHead(), classes, classWeights } = setup;
  const headed = withHead(backbone, architecture, classes, setup.head);
  const trainable = [...backbone.parameters, ...architecture.parameters];
  const spared = biasesAndScales(headed, trainable);
  const step = trainingStep(headed, {
    loss: crossEntropy({ logits: "logits", classWeights }),
    optimizer: setup.optimizer ?? sgd({ momentum: 0.9, weightDecay: 0 }),
    trainable,
    rateMultiplier: setup.rateMultiplier,
    decays: (name) => !spared.has(name),
    clipNorm: setup.clipNorm,
    channelBlock: await engine.channelBlock(),
  });
  return { headed, trainer: await Trainer.create(engine, step) };
}

function atStart(): Progress {
  return { epoch: 0, batch: 0, lossSum: 0, correct: 0, seen: 0, firstLoss: null, history: [], bestEpoch: 0 };
}

/** The rest of the epoch under way; false if it was stopped. */
async function trainEpoch(run: Run): Promise<boolean> {
  const { options, trainer, progress } = run;
  const { seed } = options;
  const epoch = progress.epoch + 1;
  const images = augmented(options.images, options.augment ?? [], seed, epoch);
  const order = batches(epochOrder(images.count, seed, "finetune", epoch), options.batch);
  while (progress.batch < order.length) {
    if (options.shouldStop?.()) return false;
    const loss = await trainBatch(run, images, order[progress.batch]!, epoch);
    progress.batch++;
    options.onStep?.({ epoch, batch: progress.batch, batches: order.length, loss });
    if (options.saveEvery && trainer.steps % options.saveEvery === 0 && progress.batch < order.length)
      await options.onCheckpoint?.(checkpointOf(run));
    await run.breather.breathe();
  }
  return true;
}

async function trainBatch(run: Run, images: Images, indices: number[], epoch: number): Promise<number> {
  const { options, trainer, progress } = run;
  const { engine, backbone, classes } = options;
  const labels = pick(images.labels, indices);
  const feeds = { [backbone.inputName]: await imageTensor(engine, backbone, images, indices) };
  try {
    const { loss, logits } = await trainer.step(feeds, labels, currentRate(run));
    progress.firstLoss ??= loss;
    progress.lossSum += loss * indices.length;
    progress.correct += countCorrect(logits, labels, classes);
    progress.seen += indices.length;
    return loss;
  } catch (error) {
    throw error instanceof DivergedError ? error.inEpoch(epoch) : error;
  }
}

/** Of the next step. */
function currentRate({ options, trainer }: Run): number {
  const { schedule, learningRate } = options;
  return schedule ? learningRate * rateFactor(schedule, trainer.steps, totalSteps(options)) : learningRate;
}

function totalSteps({ epochs, images, batch }: FinetuneOptions): number {
  return epochs * Math.ceil(images.count / batch);
}

function patienceIsOver({ options: { patience = Infinity }, progress }: Run): boolean {
  return progress.epoch - progress.bestEpoch >= patience;
}

/** Validates, keeps the weights if they are the best so far, and moves on to the next epoch. */
async function endEpoch(run: Run): Promise<void> {
  const { options, progress, trainer } = run;
  const { engine, backbone, validation, classes } = options;
  const weights = trainer.parameters();
  const [predictions] = await predict(engine, backbone, run.headed, weights, [validation]);
  const { logits } = predictions!;
  const metrics: EpochMetrics = {
    epoch: progress.epoch + 1,
    loss: progress.lossSum / progress.seen,
    trainAccuracy: progress.correct / progress.seen,
    validationLoss: crossEntropyLoss(logits, validation.labels, classes),
    validationAccuracy: accuracy(logits, validation.labels, classes),
  };
  // Validation loss may grow large by overfitting alone: of it only the finite is asked.
  const exploded = metrics.loss > explosion * Math.max(progress.firstLoss ?? 0, Math.log(classes));
  if (exploded || !Number.isFinite(metrics.validationLoss))
    throw new DivergedError(exploded ? metrics.loss : metrics.validationLoss, trainer.steps, metrics.epoch);
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

async function finish({ options, headed, trainer, progress, best }: Run): Promise<FinetuneResult> {
  const { engine, backbone, images, validation } = options;
  const last = trainer.parameters();
  const [train, held] = await predict(engine, backbone, headed, last, [images, validation]);
  const after = { train: train!.features, validation: held!.features };
  const before = options.before ?? {
    train: await extractFeatures(engine, backbone, images),
    validation: await extractFeatures(engine, backbone, validation),
  };
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
  };
}

function checkpointOf({ options, trainer, best, progress }: Run): FinetuneCheckpoint {
  return makeCheckpoint(trainer.save(), best, progress, identity(options));
}

function identity(options: FinetuneOptions): RunIdentity {
  const { seed, batch, learningRate, images, schedule, clipNorm, classWeights, augment } = options;
  return {
    seed,
    batch,
    learningRate,
    images: images.count,
    schedule: schedule ? `${schedule.kind}, warm-up ${schedule.warmup}, over ${totalSteps(options)} steps` : "constant",
    "clip norm": clipNorm ?? "none",
    "class weights": classWeights?.join() ?? "none",
    augmentation: augment?.join() || "none",
  };
}
