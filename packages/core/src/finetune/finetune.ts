import { adaptation, type Adaptation } from "../measures/adaptation.js";
import { augmented } from "../images/augmentation/index.js";
import { Breather } from "../engine/breather.js";
import {
  makeCheckpoint,
  readCheckpoint,
  type EpochMetrics,
  type FinetuneCheckpoint,
  type Progress,
  type RunIdentity,
} from "./checkpoint.js";
import { accuracy, countCorrect, crossEntropyLoss, hitsOf } from "../objectives/energy.js";
import { DivergedError } from "../engine/errors.js";
import { predict } from "./evaluate.js";
import { extractFeatures } from "../backbone/features.js";
import { headNorm } from "../heads/index.js";
import { batches, pick, requireSize, type Images } from "../images/images.js";
import { imageInputs, type Inputs } from "../data/inputs.js";
import { epochOrder } from "../data/random.js";
import { rateFactor, type Schedule } from "./schedule.js";
import { createTrainer, type FrozenPart, type Training, type TrainingSetup } from "./training-setup.js";

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
  /** `1` or `0` for each validation image: whether that epoch got it right; empty if no epoch was run. */
  bestHits: string;
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

/** What a stopped run leaves: enough to go on to the same result, bit for bit. */
export interface Interrupted {
  interrupted: FinetuneCheckpoint;
}

/** A run under way. */
interface Run extends Omit<Training, "inputs"> {
  options: FinetuneOptions;
  inputs: { train: Inputs; validation: Inputs };
  progress: Progress;
  best: Map<string, Float32Array>;
  /** z_0 */
  before: { train: Float32Array; validation: Float32Array };
  /** Validation features of the epoch that ended last in this process. */
  held?: Float32Array;
  breather: Breather;
}

/** A training loss this many times that of both the first batch and guessing will not come down to anything useful. */
const explosion = 10;

/**
 * Fine-tuning: trains backbone and head together from (B_0, v_tau) by one training-step graph, with hard labels.
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
  const { engine, backbone, images, validation } = options;
  const training = await createTrainer(options, [images, validation]);
  const { trainer, inputs } = training;
  try {
    const resumed = options.checkpoint && readCheckpoint(options.checkpoint, identity(options));
    if (resumed) trainer.load(resumed.trainer);
    return {
      ...training,
      options,
      inputs: { train: inputs[0]!, validation: inputs[1]! },
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

function atStart(): Progress {
  return {
    epoch: 0,
    batch: 0,
    lossSum: 0,
    correct: 0,
    seen: 0,
    firstLoss: null,
    history: [],
    bestEpoch: 0,
    bestHits: "",
  };
}

/** The rest of the epoch under way; false if it was stopped. */
async function trainEpoch(run: Run): Promise<boolean> {
  const { options, trainer, progress } = run;
  const epoch = progress.epoch + 1;
  const inputs = trainingInputs(run, epoch);
  const order = batches(epochOrder(inputs.count, options.seed, "finetune", epoch), options.batch);
  while (progress.batch < order.length) {
    if (options.shouldStop?.()) return false;
    const loss = await trainBatch(run, inputs, order[progress.batch]!, epoch);
    progress.batch++;
    options.onStep?.({ epoch, batch: progress.batch, batches: order.length, loss });
    if (options.saveEvery && trainer.steps % options.saveEvery === 0 && progress.batch < order.length)
      await options.onCheckpoint?.(checkpointOf(run));
    await run.breather.breathe();
  }
  return true;
}

/** The training images of an epoch, changed at random where that was asked for. */
function trainingInputs({ options, inputs }: Run, epoch: number): Inputs {
  const { engine, backbone, images, augment = [], seed } = options;
  return augment.length > 0 ? imageInputs(engine, backbone, augmented(images, augment, seed, epoch)) : inputs.train;
}

async function trainBatch(run: Run, inputs: Inputs, indices: number[], epoch: number): Promise<number> {
  const { options, trainer, progress } = run;
  const labels = pick(options.images.labels, indices);
  const feeds = await inputs.feeds(indices);
  try {
    const { loss, logits } = await trainer.step(feeds, labels, currentRate(run));
    progress.firstLoss ??= loss;
    progress.lossSum += loss * indices.length;
    progress.correct += countCorrect(logits, labels, options.classes);
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
  const [predictions] = await predict(engine, run.network, weights, [run.inputs.validation]);
  const { logits, features } = predictions!;
  run.held = features;
  const metrics: EpochMetrics = {
    epoch: progress.epoch + 1,
    loss: progress.lossSum / progress.seen,
    trainScore: progress.correct / progress.seen,
    validationLoss: crossEntropyLoss(logits, validation.labels, classes),
    validationScore: accuracy(logits, validation.labels, classes),
    adaptation: adaptation(run.before.validation, features, backbone.width),
    headNorm: headNorm(weights),
  };
  // Validation loss may grow large by overfitting alone: of it only the finite is asked.
  const exploded = metrics.loss > explosion * Math.max(progress.firstLoss ?? 0, Math.log(classes));
  if (exploded || !Number.isFinite(metrics.validationLoss))
    throw new DivergedError(exploded ? metrics.loss : metrics.validationLoss, trainer.steps, metrics.epoch);
  const record = Math.max(-1, ...progress.history.map((m) => m.validationScore));
  if (metrics.validationScore > record) {
    run.best = weights;
    progress.bestEpoch = metrics.epoch;
    progress.bestHits = hitsOf(logits, validation.labels, classes);
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
  const left = run.held ? [inputs.train] : [inputs.train, inputs.validation];
  const [train, validation] = await predict(engine, network, last, left);
  const after = { train: train!.features, validation: run.held ?? validation!.features };
  return {
    epochs: progress.history,
    bestEpoch: progress.bestEpoch,
    bestHits: progress.bestHits,
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

function identity(options: FinetuneOptions): RunIdentity {
  const { seed, batch, learningRate, images, schedule, clipNorm, classWeights, augment, batchNorm } = options;
  return {
    seed,
    batch,
    learningRate,
    images: images.count,
    schedule: schedule ? `${schedule.kind}, warm-up ${schedule.warmup}, over ${totalSteps(options)} steps` : "constant",
    "clip norm": clipNorm ?? "none",
    "class weights": classWeights?.join() ?? "none",
    augmentation: augment?.join() || "none",
    BatchNorm: batchNorm ?? "frozen",
  };
}
