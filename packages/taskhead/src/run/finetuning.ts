import {
  DivergedError,
  adapt,
  bestSoFar,
  finetune,
  methods,
  sideAlpha,
  type Adaptation,
  type Backbone,
  type FinetuneCheckpoint,
  type Forecast,
  type ProbeStop,
  type Tau,
  type Weights,
} from "@taskhead/core";
import type { TuneOptions } from "../options/options.js";
import type { EpochRow, TuneRow } from "../report/index.js";
import { UserError } from "../files/errors.js";
import { fixed, percent } from "../terminal/format.js";
import { silent, type Progress } from "../terminal/progress.js";
import type { Prepared } from "./prepare.js";
import { InterruptedError } from "./interrupted.js";
import { forecastOf } from "./forecast.js";
import { learningRateOf } from "./learning-rate.js";
import type { RunFolder } from "./run-folder.js";
import { scoreOod } from "./ood.js";
import { weightsFromFile, weightsToBytes } from "./tensors.js";
import { trainingSetup } from "./training-setup.js";

export interface Finetuning extends Prepared {
  /** With the weights to start from: B_0, and the probed ones of blocks that started afresh. */
  backbone: Backbone;
  /** Where head probing stopped: the head to start from. */
  stop: ProbeStop;
  options: TuneOptions;
  /** Where the learning rate of all taus is found; here, unless given. */
  measuredAt?: Finetuning;
  /** Which multiple of the rate that is found; 1 unless given. */
  timesFound?: number;
  /** z_0, to measure the features' way from; left out where probing changed them: computed from `backbone` then. */
  before?: { train: Float32Array; validation: Float32Array };
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Fine-tunes from one tau; finished before, it is read, begun before, it goes on.
 * @param until the epoch to stop at, ready to go on; the last one unless given
 */
export async function finetuneFrom(run: Finetuning, until = run.options.epochs): Promise<TuneRow> {
  const { folder, stop } = run;
  const finished = folder.readJson<TuneRow>(folder.tau(stop.tau, "result.json"));
  if (finished) return finished;
  const row = await finetuneNow(run, until);
  if (row.stopped) return row;
  folder.writeJson(folder.tau(stop.tau, "result.json"), row);
  // What a diverged run had reached is kept.
  if (!row.diverged) await folder.remove(folder.tau(stop.tau, "checkpoint.safetensors"));
  return row;
}

/**
 * The weights of a run's best epoch so far.
 * @throws {UserError} if the run folder has lost them
 */
export function bestWeights(folder: RunFolder, tau: Tau): Weights {
  const file = folder.at(folder.tau(tau, "best.safetensors"));
  const stored = readCheckpoint(folder.at(folder.tau(tau, "checkpoint.safetensors")));
  const weights = weightsFromFile(file)?.weights ?? (stored && bestSoFar(stored.checkpoint));
  if (weights) return weights;
  throw new UserError(`${file} is missing; delete the result.json beside it to run tau ${tau} again`);
}

/**
 * How far the features move when nothing is learned and BatchNorm trains: an epoch at rate 0, in which only the running
 * statistics follow the batches. The same for every tau; measured in evaluation mode, on the validation images.
 */
export async function shiftAtRateZero(run: Finetuning): Promise<Adaptation> {
  const { data, folder, before, signal } = run;
  const file = "batchnorm-shift.json";
  const stored = folder.readJson<Adaptation>(file);
  if (stored) return stored;
  const result = await finetune({
    ...trainingSetup(run),
    validation: data.validation.images,
    epochs: 1,
    learningRate: 0,
    ...(before ? { before } : {}),
    shouldStop: () => signal.aborted,
  });
  if (result.interrupted) throw new InterruptedError();
  folder.writeJson(file, result.adaptation.validation);
  return result.adaptation.validation;
}

/** Not every step: a checkpoint of a large model takes a while to write. */
const secondsBetweenCheckpoints = 60;

async function finetuneNow(run: Finetuning, until: number): Promise<TuneRow> {
  const { data, folder, stop, options, before, progress, signal } = run;
  const { tau } = stop;
  const { epochs, batch, schedule, warmup, patience } = options;
  const method = methods[options.method];
  const trains = method.trains !== "nothing";
  const learningRate = trains ? await learningRateOf(run) : null;
  const forecast = learningRate === null ? null : await forecastOf(run, learningRate);
  const start = beginning(run.stop, learningRate, forecast);
  const file = folder.tau(tau, "checkpoint.safetensors");
  const stored = readCheckpoint(folder.at(file));
  const startedAt = performance.now() - 1000 * (stored?.seconds ?? 0);
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const history: EpochRow[] = [...(stored?.checkpoint.json.progress.history ?? [])];
  let savedAt = performance.now();
  const save = (checkpoint: FinetuneCheckpoint): void => {
    folder.write(file, checkpointBytes(checkpoint, seconds()));
    savedAt = performance.now();
  };

  const stopped = (): boolean => trains && until < epochs && history.length >= until;
  if (stopped()) return stoppedRow(run, start, history, seconds());
  const perEpoch = Math.ceil(data.train.images.count / batch);
  const task = (trains ? progress : silent).task(`fine-tuning, tau ${tau}`, epochs * perEpoch, "steps");
  try {
    const result = await adapt(method, {
      ...trainingSetup(run, learningRate),
      validation: data.validation.images,
      epochs,
      learningRate: learningRate ?? 0,
      schedule: { kind: schedule, warmup },
      ...(patience === undefined ? {} : { patience }),
      ...(before ? { before } : {}),
      ...(stored ? { checkpoint: stored.checkpoint } : {}),
      onStep: (step) => task.update((step.epoch - 1) * perEpoch + step.batch, `loss ${fixed(step.loss, 4)}`),
      onEpoch: (metrics) => {
        history.push(metrics);
        folder.write(folder.tau(tau, "metrics.jsonl"), history.map((m) => `${JSON.stringify(m)}\n`).join(""));
        progress.say(
          `tau ${tau} epoch ${metrics.epoch}/${epochs}: loss ${fixed(metrics.loss, 4)}, validation ${percent(metrics.validationScore)}`,
        );
      },
      onCheckpoint: (checkpoint) => {
        // An epoch's end is always kept.
        if (checkpoint.json.progress.batch === 0 || performance.now() - savedAt > 1000 * secondsBetweenCheckpoints)
          save(checkpoint);
      },
      saveEvery: 20,
      shouldStop: () => signal.aborted || stopped(),
    });
    if (result.interrupted && stopped()) return stoppedRow(run, start, history, seconds());
    if (result.interrupted) {
      save(result.interrupted);
      throw new InterruptedError();
    }
    if (trains && result.epochs.length < epochs)
      progress.say(`tau ${tau}: stopped after epoch ${result.epochs.length}, none better since ${result.bestEpoch}`);
    folder.write(folder.tau(tau, "best.safetensors"), weightsToBytes(result.best));
    const { train, validation } = result.adaptation;
    const best = result.epochs[result.bestEpoch - 1];
    return {
      ...start,
      // Without an epoch, what probing reached is the result.
      validationScore: (result.epochs.at(-1) ?? stop).validationScore,
      bestValidationScore: (best ?? stop).validationScore,
      bestEpoch: result.bestEpoch,
      hits: result.bestHits || null,
      contributions: null,
      ...train,
      validationEuclidean: validation.euclidean,
      validationCosine: validation.cosine,
      validationDot: validation.dot,
      validationNorm: validation.norm,
      validationCoherence: validation.coherence,
      alpha: options.method === "side" ? sideAlpha(result.best) : null,
      frozen: result.frozen,
      ood: await scoreOod(run, result.best),
      seconds: seconds(),
      diverged: false,
      stopped: false,
      epochs: result.epochs,
    };
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    progress.say(`warning: tau ${tau}: ${error.message}; it was ${learningRate}`);
    return divergedRow(run, start, history, seconds());
  } finally {
    task.end();
  }
}

/** A row's first part: where fine-tuning started, at which rate, and what was forecast of it. */
function beginning(stop: ProbeStop, learningRate: number | null, forecast: Forecast | null) {
  const { tau, loss, trainScore, validationScore, energy, headNorm } = stop;
  return {
    tau,
    probeLoss: loss,
    probeTrainScore: trainScore,
    probeValidationScore: validationScore,
    energy,
    headNorm,
    learningRate,
    forecast,
  };
}

type Beginning = ReturnType<typeof beginning>;

/** A run that diverged is shown as such; it cannot win, whatever its earlier epochs reached. */
function divergedRow(run: Finetuning, start: Beginning, epochs: EpochRow[], seconds: number): TuneRow {
  return {
    ...unmeasuredRow(run, start, epochs, seconds),
    validationScore: null,
    bestValidationScore: null,
    bestEpoch: null,
    diverged: true,
  };
}

/** A run that waits: its features are not compared with those of runs that were trained for longer. */
function stoppedRow(run: Finetuning, start: Beginning, epochs: EpochRow[], seconds: number): TuneRow {
  const best = epochs.reduce((a, b) => (b.validationScore! > a.validationScore! ? b : a));
  return {
    ...unmeasuredRow(run, start, epochs, seconds),
    validationScore: epochs.at(-1)!.validationScore,
    bestValidationScore: best.validationScore,
    bestEpoch: best.epoch,
    stopped: true,
  };
}

function unmeasuredRow(
  { data }: Finetuning,
  start: Beginning,
  epochs: EpochRow[],
  seconds: number,
): Omit<TuneRow, "validationScore" | "bestValidationScore" | "bestEpoch"> {
  const unknown = { euclidean: null, cosine: null, dot: null, norm: null, coherence: null };
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
    ood: data.ood.map(() => ({ probing: null, finetuned: null })),
    seconds,
    diverged: false,
    stopped: false,
    epochs,
  };
}

/** The tensors as they are; what is not a tensor goes into the file's metadata. */
function checkpointBytes({ tensors, json }: FinetuneCheckpoint, seconds: number): Uint8Array {
  return weightsToBytes(tensors, { checkpoint: JSON.stringify(json), seconds: String(seconds) });
}

function readCheckpoint(path: string): { checkpoint: FinetuneCheckpoint; seconds: number } | undefined {
  const stored = weightsFromFile(path);
  if (!stored) return undefined;
  const json = JSON.parse(stored.metadata["checkpoint"] ?? "null") as FinetuneCheckpoint["json"];
  return { checkpoint: { tensors: stored.weights, json }, seconds: Number(stored.metadata["seconds"]) };
}
