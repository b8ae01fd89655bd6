import { layoutOf } from "../backbone/backbone.js";
import { sideAlpha } from "../backbone/side-tuning.js";
import { DivergedError } from "../engine/errors.js";
import type { Weights } from "../engine/weights.js";
import { forecast, type Forecast } from "../explain/forecast.js";
import { bestSoFar, type FinetuneCheckpoint } from "../finetune/checkpoint.js";
import type { RunResult } from "../finetune/options.js";
import { totalSteps } from "../finetune/run.js";
import { adapt } from "../finetune/adapt.js";
import { bestEpochOf } from "../finetune/best-epoch.js";
import { methods } from "../finetune/methods.js";
import { expectedFrom, hasCollapsed } from "../finetune/collapse.js";
import { attemptOf, lowerUntilSound, type Attempt, type FailedAttempt } from "../finetune/lowering.js";
import type { ProbeStop } from "../probe/probe-stop.js";
import { nameOfStart, type Tau } from "../probe/taus.js";
import { readAttempts, standingAt, writeAttempts, type EarlierAttempt } from "./attempts.js";
import { DamagedError } from "./errors.js";
import { formatScore } from "./format.js";
import type { Job } from "./job.js";
import { measureOod } from "./measure-ood.js";
import { type Probed } from "./probing.js";
import { beginTask, unlessDamaged, type Task } from "./progress.js";
import type { EpochRow, OodScore, TuneRow } from "./results.js";
import { boundFactor } from "../measures/adaptation.js";
import type { Settings } from "./settings/index.js";
import { readJson, readTensors, writeJson, writeText, writeTensors, type Store } from "./store/store.js";
import { readTrace, tracedStep, tracedUntil, writeTrace, type Trace } from "./trace.js";
import { headRate, trainingOptions } from "./training-options.js";

/** One fine-tuning: plain values, as it may run in another process or on another machine. */
export interface TrialSpec {
  readonly tau: Tau;
  /** null where nothing is trained after probing. */
  readonly learningRate: number | null;
  readonly settings: Settings;
}

/** What a trial came to; while it waits for more epochs, `stopped`. */
export type TrialResult = TuneRow;

/**
 * Trains a trial on to an epoch, from where its store says it stands; finished before, it is read.
 * @param epochs the epoch to stop at, ready to go on
 * @param store for this trial alone: `checkpoint.safetensors` `metrics.jsonl` `trace.safetensors` `best.safetensors`
 * `result.json`, and `attempts.json` where a rate was lowered
 */
export type RunTrial = (trial: TrialSpec, epochs: number, store: Store) => Promise<TrialResult>;

const checkpointKey = "checkpoint.safetensors";
const bestKey = "best.safetensors";

/** Trials that run here, one at a time. */
export function localTrials(job: Job, probed: Pick<Probed, "stops" | "before">): RunTrial {
  return async (trial, epochs, store) => {
    const stop = probed.stops.find((one) => one.tau === trial.tau)!;
    const attempts = await readAttempts(store, job.onProgress);
    const standing = epochs < trial.settings.epochs ? standingAt(attempts, epochs) : undefined;
    const running = { job: { ...job, settings: trial.settings }, trial, stop, before: probed.before, store, attempts };
    if (standing)
      return stoppedRow(running, beginning(running, standing.learningRate), standing.epochs.slice(0, epochs), 0);
    const finished = await unlessDamaged(job.onProgress, readJson<TrialResult>(store, "result.json"));
    if (finished) {
      if (job.follower) job.follower.trained(trial.tau, await finishedTrace(running, finished), "end");
      return finished;
    }
    const result = await trainNow(running, epochs);
    if (result.stopped) return result;
    await writeJson(store, "result.json", result);
    // What a diverged run had reached is kept.
    if (!result.diverged) await store.remove(checkpointKey);
    return result;
  };
}

/**
 * The weights of a trial's best epoch so far.
 * @throws {DamagedError} if its store has lost them
 */
export async function bestWeights(store: Store): Promise<Weights> {
  const lost = (key: string, reason: string): DamagedError =>
    new DamagedError(key, reason, "delete the result.json beside it and run again, which trains it anew");
  try {
    const best = (await readTensors(store, bestKey))?.weights;
    const stored = best ? undefined : await readCheckpoint(store);
    const weights = best ?? (stored && bestSoFar(stored.checkpoint));
    if (weights) return weights;
  } catch (error) {
    if (error instanceof DamagedError) throw lost(error.key, error.reason);
    throw error;
  }
  throw lost(store.where?.(bestKey) ?? bestKey, "it is missing");
}

/** A trial under way. */
interface Running {
  job: Job;
  trial: TrialSpec;
  stop: ProbeStop;
  before: Probed["before"];
  store: Store;
  /** At higher rates, before the one under way. */
  attempts: EarlierAttempt[];
}

/** Within an epoch not every step: a checkpoint of a large model takes a while to write. */
const secondsBetweenCheckpoints = 60;

/** An epoch's end is kept where keeping takes no more than this share of the time: short epochs may be very many. */
const shareForKeeping = 0.1;

async function trainNow(running: Running, until: number): Promise<TrialResult> {
  const { job, trial, store, attempts } = running;
  const { settings, onProgress } = job;
  const { tau, learningRate } = trial;
  const { epochs } = settings;
  const stored = await unlessDamaged(onProgress, readCheckpoint(store));
  const trains = methods[settings.method].trains !== "nothing";
  const found = trains && settings.lr === "auto";
  // Of an attempt that failed nothing goes on, whatever of it is still there.
  const standing = {
    learningRate: learningRate ?? 0,
    found,
    failed: attempts,
    ...(stored ? { checkpoint: stored.checkpoint } : {}),
  };
  const { checkpoint } = attemptOf(standing);
  const before = (checkpoint ? stored?.seconds : attempts.at(-1)?.seconds) ?? 0;
  const startedAt = performance.now() - 1000 * before;
  const now: Attempted = { history: [...(checkpoint?.json.progress.history ?? [])], start: null, trace: null };
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const start = (): Beginning => now.start ?? beginning(running, learningRate);
  const say = (text: string): void => onProgress?.({ kind: "message", text });
  const perEpoch = Math.ceil(job.data.train.count / settings.batch);
  // Of a run that only waits for others nothing is to be seen.
  const waits = until < epochs && now.history.length >= until;
  const task = beginTask(
    trains && !waits ? onProgress : undefined,
    `fine-tuning, ${nameOfStart(tau)}`,
    epochs * perEpoch,
    "steps",
  );
  try {
    return await lowerUntilSound(
      {
        ...standing,
        onLowered: async (failed, { lowered, learningRate: next }) => {
          const [was, is] = [failed.learningRate, next].map((rate) => rate.toPrecision(3));
          const ofHead = headRate(settings, { asked: learningRate, now: next });
          say(
            `${nameOfStart(tau)}: ${failed.failure} in epoch ${failed.epoch} at rate ${was}; it begins again at ${is}` +
              (ofHead === null ? "" : `, the head at ${ofHead.toPrecision(3)}`),
          );
          job.search?.again(now.history.length);
          attempts.splice(lowered.length - 1, Infinity, { ...failed, epochs: now.history, seconds: seconds() });
          // What happened first: stopped between the two, the trial finds a checkpoint of an attempt that has failed.
          await writeAttempts(store, attempts);
          await store.remove(checkpointKey);
          now.history = [];
        },
      },
      (attempt) => attemptNow(running, attempt, now, { until, task, seconds }),
    );
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    say(`warning: ${nameOfStart(tau)}: ${error.message}; it was ${start().learningRate}`);
    await writeMetrics(store, now.history);
    await endTrace(running, now);
    return divergedRow(running, start(), now.history, seconds());
  } finally {
    task.end();
  }
}

/** What an attempt has come to so far. */
interface Attempted {
  history: EpochRow[];
  /** null before it has begun */
  start: Beginning | null;
  /** null before it has begun */
  trace: Trace | null;
}

interface Within {
  until: number;
  task: Task;
  seconds: () => number;
}

/** One run at one rate, from its start or its checkpoint on. */
async function attemptNow(
  running: Running,
  attempt: Attempt,
  now: Attempted,
  { until, task, seconds }: Within,
): Promise<TrialResult> {
  const { job, trial, stop, before, store, attempts } = running;
  const { data, settings, onProgress, signal } = job;
  const { epochs, batch, schedule, warmup, patience } = settings;
  const { tau, loss, trainScore, validationScore } = stop;
  const { metric } = data.objective;
  const method = methods[settings.method];
  const trains = method.trains !== "nothing";
  const rate = trains ? attempt.learningRate : null;
  const lowered = attempts
    .slice(0, attempt.lowered.length)
    .map(({ learningRate, failure, epoch }) => ({ learningRate, failure, epoch }));
  const forecast = rate === null ? null : await forecastOf(running, rate, lowered.length);
  const start = (now.start = beginning(running, rate, forecast, lowered));
  const keeping = new Keeping();
  const say = (text: string): void => onProgress?.({ kind: "message", text });

  const paused = (): boolean => trains && until < epochs && now.history.length >= until;
  if (paused()) return stoppedRow(running, start, now.history, seconds());
  const perEpoch = Math.ceil(data.train.count / batch);
  const trace = (now.trace = await beginTrace(running, attempt, now.history, { rate, perEpoch, seconds }));
  const follow = (why: "step" | "epoch"): void => job.follower?.trained(tau, trace, why);
  follow("epoch");
  const result = await adapt(method, job.network.backbone, data, {
    ...trainingOptions(job, stop, trial.learningRate),
    ...attempt,
    epochs,
    start: { loss, trainScore, validationScore },
    schedule: { kind: schedule, warmup },
    ...(patience === undefined ? {} : { patience }),
    before,
    keepsFeatures: false,
    ...(job.refit ? { keeps: "last" as const } : {}),
    onStep: (step) => {
      job.search?.trained(1 / perEpoch);
      task.update((step.epoch - 1) * perEpoch + step.batch, `loss ${step.loss.toFixed(4)}`);
      trace.steps.push(tracedStep(step, seconds()));
      follow("step");
    },
    onEpoch: async (metrics) => {
      now.history.push(metrics);
      follow("epoch");
      say(
        `${nameOfStart(tau)} epoch ${metrics.epoch}/${epochs}: loss ${metrics.loss.toFixed(4)}, validation ${formatScore(metrics.validationScore, metric)}`,
      );
    },
    onCheckpoint: (checkpoint) =>
      keeping.keep(async () => {
        await writeTrace(store, trace);
        await writeCheckpoint(store, checkpoint, seconds());
        await writeMetrics(store, now.history);
      }),
    isDue: (why) => keeping.isDue(why),
    saveEvery: 20,
    shouldPause: paused,
    ...(signal ? { signal } : {}),
  });
  if (!result) return stoppedRow(running, start, now.history, seconds());
  if (trains && result.epochs.length < epochs)
    say(
      `${nameOfStart(tau)}: stopped after epoch ${result.epochs.length}, as none was better in ${settings.patience} epochs`,
    );
  if (result.collapsed)
    say(
      `warning: ${nameOfStart(tau)}: collapsed at rate ${rate?.toPrecision(3)}, it is worse than probing alone on its own training samples`,
    );
  await writeMetrics(store, now.history);
  await endTrace(running, now);
  await writeTensors(store, bestKey, result.best);
  return finishedRow(running, start, result, await measureOod(job, stop, result), seconds());
}

/** Where the attempt goes on from: what was traced to its checkpoint. */
async function beginTrace(
  { job, store }: Running,
  { checkpoint }: Attempt,
  epochs: readonly EpochRow[],
  { rate, perEpoch, seconds }: { rate: number | null; perEpoch: number; seconds: () => number },
): Promise<Trace> {
  const kept = checkpoint && (await readTrace(store, job.onProgress));
  const began = kept?.began ?? Date.now() - 1000 * seconds();
  return { began, learningRate: rate, perEpoch, steps: tracedUntil(kept, checkpoint?.json.step ?? 0), epochs };
}

/** Of a trial that was finished before, its epochs alone where its steps are not kept. */
async function finishedTrace({ job, store }: Running, { epochs, learningRate, seconds }: TuneRow): Promise<Trace> {
  const kept = await readTrace(store, job.onProgress);
  const perEpoch = Math.ceil(job.data.train.count / job.settings.batch);
  const began = Date.now() - 1000 * (seconds ?? 0);
  return kept ?? { began, learningRate, perEpoch, steps: tracedUntil(undefined, epochs.length * perEpoch), epochs };
}

/** Keeps the trace of an attempt that is over. */
async function endTrace({ job, trial, store }: Running, { trace }: Pick<Attempted, "trace">): Promise<void> {
  if (!trace) return;
  await writeTrace(store, trace);
  job.follower?.trained(trial.tau, trace, "end");
}

/** When a run's state was kept, and how long that took. */
class Keeping {
  #at = performance.now();
  /** The first epoch is kept at once. */
  #took = 0;

  isDue(why: "epoch" | "steps"): boolean {
    const since = performance.now() - this.#at;
    return why === "epoch" ? this.#took <= shareForKeeping * since : since > 1000 * secondsBetweenCheckpoints;
  }

  async keep(write: () => Promise<void>): Promise<void> {
    const from = performance.now();
    await write();
    this.#at = performance.now();
    this.#took = this.#at - from;
  }
}

/** A row's first part: where fine-tuning started, at which rate after which others, and what was forecast of it. */
function beginning(
  { job, trial, stop }: Running,
  learningRate: number | null,
  forecast: Forecast | null = null,
  lowered: readonly FailedAttempt[] = [],
) {
  const { tau, dial = null, loss, trainScore, validationScore, energy, headNorm, pull } = stop;
  return {
    tau,
    dial,
    probeLoss: loss,
    probeTrainScore: trainScore,
    probeValidationScore: validationScore,
    energy,
    headNorm,
    pull,
    learningRate,
    headLearningRate: headRate(job.settings, { asked: trial.learningRate, now: learningRate }),
    lowered: [...lowered],
    forecast,
  };
}

type Beginning = ReturnType<typeof beginning>;

function finishedRow(
  { job, stop }: Running,
  start: Beginning,
  result: RunResult,
  ood: OodScore[],
  seconds: number,
): TuneRow {
  const { train, validation } = result.adaptation;
  const best = result.epochs[result.bestEpoch - 1];
  return {
    ...start,
    // Without an epoch, what probing reached is the result.
    validationScore: (result.epochs.at(-1) ?? stop).validationScore,
    bestValidationScore: (best ?? stop).validationScore,
    bestEpoch: result.bestEpoch,
    hits: result.bestHits,
    contributions: result.bestContributions,
    ...train,
    boundFactor: boundFactor(train.euclidean, start.energy),
    validationEuclidean: validation.euclidean,
    validationCosine: validation.cosine,
    validationDot: validation.dot,
    validationNorm: validation.norm,
    validationCoherence: validation.coherence,
    alpha: job.settings.method === "side" ? sideAlpha(result.best) : null,
    frozen: result.frozen,
    ood,
    seconds,
    diverged: false,
    collapsed: result.collapsed,
    stopped: false,
    epochs: result.epochs,
  };
}

/** A run that diverged is shown as such; it cannot win, whatever its earlier epochs reached. */
function divergedRow({ job }: Running, start: Beginning, epochs: EpochRow[], seconds: number): TuneRow {
  return {
    ...unmeasuredRow(job, start, epochs, seconds),
    validationScore: null,
    bestValidationScore: null,
    bestEpoch: null,
    diverged: true,
  };
}

/** A run that waits: its features are not compared with those of runs that were trained for longer. */
function stoppedRow(running: Running, start: Beginning, epochs: EpochRow[], seconds: number): TuneRow {
  const { job } = running;
  const { schedule, warmup } = job.settings;
  const best = epochs[bestEpochOf(epochs, { kind: schedule, warmup }) - 1]!;
  return {
    ...unmeasuredRow(job, start, epochs, seconds),
    validationScore: epochs.at(-1)!.validationScore,
    bestValidationScore: best.validationScore,
    bestEpoch: best.epoch,
    collapsed: collapsedBy(running, epochs),
    stopped: true,
  };
}

/** Whether a run that waits has collapsed so far. */
function collapsedBy({ job, stop, before }: Running, epochs: readonly EpochRow[]): boolean {
  const { data, network, classWeights } = job;
  const { loss, trainScore, validationScore } = stop;
  const known = { before: before.validation, layout: layoutOf(network.backbone), weighted: classWeights !== null };
  return hasCollapsed(epochs, expectedFrom({ loss, trainScore, validationScore }, data, known), "rung");
}

function unmeasuredRow(
  { data }: Job,
  start: Beginning,
  epochs: EpochRow[],
  seconds: number,
): Omit<TuneRow, "validationScore" | "bestValidationScore" | "bestEpoch"> {
  const unknown = { euclidean: null, cosine: null, dot: null, norm: null, coherence: null, boundFactor: null };
  return {
    ...start,
    hits: null,
    contributions: null,
    ...unknown,
    validationEuclidean: null,
    validationCosine: null,
    validationDot: null,
    validationNorm: null,
    validationCoherence: null,
    alpha: null,
    frozen: null,
    ood: data.ood.map(() => ({ probing: null, finetuned: null, adaptation: null })),
    seconds,
    diverged: false,
    collapsed: false,
    stopped: false,
    epochs,
  };
}

const forecastSteps = 24;

/** With `forecast`, how far fine-tuning from this head will move the features. Found before, it is read. */
async function forecastOf(
  { job, trial, stop, store }: Running,
  learningRate: number,
  timesLowered: number,
): Promise<Forecast | null> {
  const { data, settings, onProgress, signal } = job;
  const { epochs, schedule, warmup } = settings;
  // Of shorter runs the rollout would be all.
  if (!settings.forecast || totalSteps(data, settings) < 5) return null;
  const key = timesLowered > 0 ? `forecast-${timesLowered}.json` : "forecast.json";
  const stored = await unlessDamaged(onProgress, readJson<Forecast>(store, key));
  if (stored) return stored;
  const task = beginTask(onProgress, `forecast, ${nameOfStart(stop.tau)}`, forecastSteps, "steps");
  try {
    const found = await forecast(job.network.backbone, data, {
      ...trainingOptions(job, stop, trial.learningRate),
      epochs,
      learningRate,
      schedule: { kind: schedule, warmup },
      steps: forecastSteps,
      onStep: (step) => task.update(step),
      signal,
    });
    await writeJson(store, key, found);
    return found;
  } finally {
    task.end();
  }
}

/** One line per epoch, for people to follow; nothing reads it back. */
function writeMetrics(store: Store, history: readonly EpochRow[]): Promise<void> {
  return writeText(store, "metrics.jsonl", history.map((m) => `${JSON.stringify(m)}\n`).join(""));
}

/** The tensors as they are; what is not a tensor goes into the file's metadata. */
async function writeCheckpoint(store: Store, { tensors, json }: FinetuneCheckpoint, seconds: number): Promise<void> {
  await writeTensors(store, checkpointKey, tensors, { checkpoint: JSON.stringify(json), seconds: String(seconds) });
}

async function readCheckpoint(store: Store): Promise<{ checkpoint: FinetuneCheckpoint; seconds: number } | undefined> {
  const stored = await readTensors(store, checkpointKey);
  if (!stored) return undefined;
  const json = JSON.parse(stored.metadata["checkpoint"] ?? "null") as FinetuneCheckpoint["json"];
  return { checkpoint: { tensors: stored.weights, json }, seconds: Number(stored.metadata["seconds"]) };
}
