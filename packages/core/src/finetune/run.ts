/** One run of fine-tuning, from its start or a checkpoint to its end or a pause. */
import { DataError } from "../given/errors.js";
import { layoutOf, type Backbone } from "../backbone/backbone.js";
import { Ahead } from "../data/ahead.js";
import type { CachedValues } from "../data/cached-values.js";
import { epochOrder } from "../data/random.js";
import { requireWanted } from "../given/require.js";
import { number, whole } from "../given/wanted.js";
import { batchesOf, type Samples } from "../data/samples.js";
import { pickTargets, targetTensor, unitCount, unitsOf, type Targets } from "../data/targets.js";
import { Breather } from "../engine/breather.js";
import { DivergedError } from "../engine/errors.js";
import type { Feeds } from "../engine/session.js";
import { copyWeights, overwriteWeights, type Weights } from "../engine/weights.js";
import { headNorm, linearHead } from "../heads/index.js";
import { Movement, type Adaptation } from "../measures/adaptation.js";
import type { Meter } from "../objectives/objective.js";
import { requireLearnable, requireTargets } from "../objectives/require-targets.js";
import { addTallies, scoreOfTally } from "../objectives/tally.js";
import type { Data } from "../probe/data.js";
import { standardError } from "../measures/intervals.js";
import { bestEpochOf } from "./best-epoch.js";
import { makeCheckpoint, readCheckpoint, type EpochMetrics, type Progress, type RunIdentity } from "./checkpoint.js";
import { CollapsedError, expectedFrom, hasCollapsed } from "./collapse.js";
import { featuresBefore } from "./features-before.js";
import { runIdentity } from "./identity.js";
import type { FinetuneStep, RunOptions, RunResult } from "./options.js";
import { measureSets } from "./predict.js";
import { rateFactor } from "./schedule.js";
import { createTrainer, type Training } from "./training-setup.js";

/** A run under way. */
interface Run extends Omit<Training, "sets"> {
  identity: RunIdentity;
  /** Steps in all epochs. */
  total: number;
  backbone: Backbone;
  data: Data;
  options: RunOptions;
  /** With what is kept in place of what it is computed from. */
  train: Samples;
  validation: Samples;
  progress: Progress;
  /** This run's own, which each epoch that is better overwrites. */
  best: Map<string, Float32Array>;
  /** z_0 */
  before: { readonly train: CachedValues; readonly validation: CachedValues };
  /** What was seen of the validation samples after the epoch that ended last in this process. */
  held?: Look;
  /** Steps taken when the last checkpoint was made, or the one that it goes on from. */
  savedAt?: number;
  breather: Breather;
}

/** A set of samples as the network sees it with some weights. */
interface Look {
  meter: Meter;
  adaptation: Adaptation;
  /** z, [N, h], where it is kept. */
  features: Float32Array | null;
}

/** A training loss this many times that of both the first batch and guessing will not come down to anything useful. */
const explosion = 10;

/** A rate that may be lowered is too high if the first epoch's mean loss is this many times that of both. */
const explosionWhereLowered = 2;

/** As `finetune`, with every option settled. @returns null if it was paused: its last checkpoint has all of it */
export async function finetuneOrPause(backbone: Backbone, data: Data, options: RunOptions): Promise<RunResult | null> {
  const run = await begin(backbone, data, options);
  try {
    while (run.progress.epoch < options.epochs && !patienceIsOver(run)) {
      if (!(await trainEpoch(run))) return null;
      await endEpoch(run);
    }
    return await finish(run);
  } finally {
    await run.trainer.release();
  }
}

async function begin(backbone: Backbone, data: Data, options: RunOptions): Promise<Run> {
  requireLearnable(data.objective, data.train);
  if (options.classWeights && data.objective.name === "regression")
    throw new DataError("classWeights are for classes and labels, and this is regression; leave them out");
  requireTargets(data.objective, data.validation, "validation");
  requireNumbers(options);
  const training = await createTrainer(backbone, data, options, [data.train, data.validation]);
  const { trainer, sets, trained } = training;
  try {
    const total = totalSteps(data, options);
    const identity = runIdentity(data, options, trained, total);
    const resumed = options.checkpoint && readCheckpoint(options.checkpoint, identity);
    if (resumed) await trainer.load(resumed.trainer);
    return {
      ...training,
      identity,
      total,
      backbone,
      data,
      options,
      train: sets[0]!,
      validation: sets[1]!,
      progress: resumed?.progress ?? atStart(),
      best: resumed ? copyWeights(resumed.best) : await trainer.parameters(),
      before: options.before ?? (await featuresBefore(backbone, data)),
      ...(resumed ? { savedAt: resumed.trainer.step } : {}),
      breather: new Breather(),
    };
  } catch (error) {
    await trainer.release();
    throw error;
  }
}

function requireNumbers({ batch, epochs, learningRate, patience }: RunOptions): void {
  if (patience !== undefined) requireWanted("patience", patience, whole({ from: 1 }));
  requireWanted("batch", batch, whole({ from: 1 }));
  requireWanted("epochs", epochs, whole({ from: 0 }));
  requireWanted("learningRate", learningRate, number({ from: 0 }));
}

function atStart(): Progress {
  return {
    epoch: 0,
    batch: 0,
    lossSum: 0,
    seen: 0,
    tally: { sum: 0, of: 0 },
    firstLoss: null,
    history: [],
    bestEpoch: 0,
    bestHits: null,
    bestContributions: null,
  };
}

/** The rest of the epoch under way; false if it was paused. */
async function trainEpoch(run: Run): Promise<boolean> {
  const { options, trainer, progress } = run;
  const epoch = progress.epoch + 1;
  const samples = run.train.inEpoch?.(epoch, options.seed) ?? run.train;
  const order = batchesOf(samples, epochOrder(samples.count, options.seed, "finetune", epoch), options.batch);
  const batches = new Ahead(order.length, (i) => prepared(run, samples, order[i]!));
  while (progress.batch < order.length) {
    if (options.signal?.aborted) {
      await save(run, "stop");
      options.signal.throwIfAborted();
    }
    if (options.shouldPause?.(trainer.steps)) {
      if (run.savedAt !== trainer.steps) await save(run, "stop");
      return false;
    }
    const step = await trainBatch(run, batches, epoch);
    progress.batch++;
    options.onStep?.({ epoch, batch: progress.batch, batches: order.length, ...step });
    if (options.saveEvery && trainer.steps % options.saveEvery === 0 && progress.batch < order.length)
      await save(run, "steps");
    await run.breather.breathe();
  }
  return true;
}

/** A batch that is ready for a step. */
interface Batch {
  feeds: Feeds;
  targets: Targets;
}

async function prepared({ data, feeds }: Run, samples: Samples, indices: readonly number[]): Promise<Batch> {
  const targets = pickTargets(data.train.targets, indices);
  return { feeds: { ...(await feeds(samples, indices)), target: targetTensor(data.engine, targets) }, targets };
}

/** One step, while which the batch after it is prepared. */
async function trainBatch(
  run: Run,
  batches: Ahead<Batch>,
  epoch: number,
): Promise<Pick<FinetuneStep, "loss" | "learningRate" | "gradientNorm">> {
  const { data, trainer, progress } = run;
  const { feeds, targets } = await batches.take(progress.batch);
  const learningRate = currentRate(run);
  try {
    const { loss, logits, gradientNorm } = await trainer.step(feeds, learningRate, () =>
      batches.begin(progress.batch + 1),
    );
    progress.firstLoss ??= loss;
    // The loss is a mean over units.
    const units = unitCount(targets);
    progress.lossSum += loss * units;
    progress.seen += units;
    progress.tally = addTallies(progress.tally, data.objective.tally({ logits }, targets));
    return { loss, learningRate, ...(gradientNorm === undefined ? {} : { gradientNorm }) };
  } catch (error) {
    throw error instanceof DivergedError ? error.inEpoch(epoch) : error;
  }
}

/** Of the next step. */
function currentRate({ total, options, trainer }: Run): number {
  const { schedule, learningRate } = options;
  return schedule ? learningRate * rateFactor(schedule, trainer.steps, total) : learningRate;
}

/** Steps in all epochs together, as many in each as in the first. */
export function totalSteps(
  { train }: Pick<Data, "train">,
  { epochs, ...options }: { epochs: number; batch: number; seed: number },
): number {
  return epochs * stepsPerEpoch(train, options);
}

/** Batches of an epoch: a set may make more than ⌈N/batch⌉ of its samples. */
export function stepsPerEpoch(train: Samples, { batch, seed }: { batch: number; seed: number }): number {
  return batchesOf(train, epochOrder(train.count, seed, "finetune", 1), batch).length;
}

function patienceIsOver({ options: { patience = Infinity }, progress }: Run): boolean {
  const scores = progress.history.map(({ validationScore }) => validationScore);
  return progress.epoch - (scores.indexOf(Math.max(...scores)) + 1) >= patience;
}

/** Validates, keeps the weights if they are the best so far, and moves on to the next epoch. */
async function endEpoch(run: Run): Promise<void> {
  const { data, options, progress, trainer } = run;
  const { objective } = data;
  const weights = await trainer.lendParameters();
  const [seen] = await lookAt(run, weights, ["validation"]);
  const { meter } = seen!;
  run.held = seen!;
  const { loss: validationLoss, score: validationScore } = meter.measured();
  const { hits, contributions } = meter.score();
  const measurement = { metric: objective.metric, samples: data.validation.count };
  const metrics: EpochMetrics = {
    epoch: progress.epoch + 1,
    loss: progress.lossSum / progress.seen,
    trainScore: scoreOfTally(progress.tally),
    validationLoss,
    validationScore,
    validationError: standardError({ score: validationScore, ...(contributions && { contributions }) }, measurement),
    adaptation: seen!.adaptation,
    headNorm: headNorm(options.architecture ?? linearHead(), weights),
  };
  // Validation loss may grow large by overfitting alone: of it only the finite is asked.
  const first = options.explosion ?? (options.lowers ? explosionWhereLowered : explosion);
  const allowed = metrics.epoch === 1 ? first : explosion;
  const exploded = metrics.loss > allowed * Math.max(progress.firstLoss ?? 0, objective.guess);
  if (exploded || !Number.isFinite(metrics.validationLoss))
    throw new DivergedError(exploded ? metrics.loss : metrics.validationLoss, trainer.steps, metrics.epoch);
  const best = bestEpochOf([...progress.history, metrics], options.schedule);
  if (options.keeps === "last" || best === metrics.epoch) {
    overwriteWeights(run.best, weights);
    progress.bestEpoch = metrics.epoch;
    progress.bestHits = hits ?? null;
    progress.bestContributions = contributions ? [...contributions] : null;
  }
  progress.history.push(metrics);
  Object.assign(progress, { epoch: metrics.epoch, batch: 0, lossSum: 0, seen: 0, tally: { sum: 0, of: 0 } });
  await options.onEpoch?.(metrics);
  if (options.lowers && runHasCollapsed(run)) throw new CollapsedError(metrics.epoch);
  await save(run, "epoch");
}

function runHasCollapsed(run: Run): boolean {
  const { backbone, data, options, progress, before } = run;
  if (!options.start) return false;
  const over = progress.epoch >= options.epochs || patienceIsOver(run);
  const weighted = options.classWeights !== undefined;
  const expected = expectedFrom(options.start, data, {
    before: before.validation,
    layout: layoutOf(backbone),
    weighted,
  });
  return hasCollapsed(progress.history, expected, over ? "end" : "epoch");
}

/** How far the features are from z_0, measured batch by batch. */
async function lookAt(run: Run, weights: Weights, sets: readonly ("train" | "validation")[]): Promise<Look[]> {
  const { backbone, data, network, before, options } = run;
  const { width } = backbone;
  const kept = sets.map((set) =>
    options.keepsFeatures === false ? null : new Float32Array(unitCount(run[set].targets) * width),
  );
  const movements = sets.map((set) => new Movement(before[set], layoutOf(backbone)));
  const meters = await measureSets(
    data,
    network,
    weights,
    sets.map((set) => run[set]),
    (set) => (indices, rows) =>
      unitsOf(run[sets[set]!].targets, indices).forEach((unit, row) => {
        movements[set]!.add(unit, rows, row);
        kept[set]?.set(rows.subarray(row * width, (row + 1) * width), unit * width);
      }),
  );
  return sets.map((_, i) => ({ meter: meters[i]!, adaptation: movements[i]!.adaptation(), features: kept[i]! }));
}

async function finish(run: Run): Promise<RunResult> {
  const { frozen, trainer, progress, best } = run;
  // An epoch has just ended.
  const last = progress.bestEpoch > 0 && progress.bestEpoch === progress.epoch ? best : await trainer.parameters();
  const [train, seen] = await lookAt(run, last, run.held ? ["train"] : ["train", "validation"]);
  const validation = run.held ?? seen!;
  const bestScore = progress.history[progress.bestEpoch - 1]?.validationScore;
  return {
    epochs: progress.history,
    bestEpoch: progress.bestEpoch,
    bestScore: Number.isFinite(bestScore) ? bestScore! : null,
    learningRate: run.options.learningRate,
    lowered: run.options.lowered ?? [],
    collapsed: runHasCollapsed(run),
    bestHits: progress.bestHits,
    bestContributions: progress.bestContributions,
    best,
    last,
    adaptation: { train: train!.adaptation, validation: validation.adaptation },
    after: train!.features && validation.features && { train: train!.features, validation: validation.features },
    frozen,
  };
}

async function save(run: Run, why: "epoch" | "steps" | "stop"): Promise<void> {
  const { identity, options, trainer, best, progress } = run;
  if (!options.onCheckpoint || (why !== "stop" && options.isDue?.(why) === false)) return;
  run.savedAt = trainer.steps;
  await options.onCheckpoint(makeCheckpoint(await trainer.lend(), best, progress, identity), why);
}
