import { layoutOf } from "../../backbone/backbone.js";
import { sideAlpha } from "../../backbone/side-tuning.js";
import type { Forecast } from "../../explain/forecast.js";
import { bestEpochOf } from "../../finetune/best-epoch.js";
import { expectedFrom, hasCollapsed } from "../../finetune/collapse.js";
import type { FailedAttempt } from "../../finetune/lowering.js";
import type { RunResult } from "../../finetune/options.js";
import { boundFactor } from "../../measures/adaptation.js";
import type { Job } from "../job.js";
import type { EpochRow, OodScore, TuneRow } from "../results.js";
import { headRate } from "../training-options.js";
import type { Running } from "./running.js";

/** A row's first part: where fine-tuning started, at which rate after which others, and what was forecast of it. */
export function beginning(
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

export type Beginning = ReturnType<typeof beginning>;

export function finishedRow(
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
export function divergedRow({ job }: Running, start: Beginning, epochs: EpochRow[], seconds: number): TuneRow {
  return {
    ...unmeasuredRow(job, start, epochs, seconds),
    validationScore: null,
    bestValidationScore: null,
    bestEpoch: null,
    diverged: true,
  };
}

/** A run that waits: its features are not compared with those of runs that were trained for longer. */
export function stoppedRow(running: Running, start: Beginning, epochs: EpochRow[], seconds: number): TuneRow {
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
