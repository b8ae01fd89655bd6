import { adapt } from "../../finetune/adapt.js";
import type { Attempt } from "../../finetune/lowering.js";
import { methods } from "../../finetune/methods.js";
import type { RunOptions, RunResult } from "../../finetune/options.js";
import { nameOfStart } from "../../probe/taus.js";
import { formatScore } from "../format.js";
import type { Job } from "../job.js";
import { measureOod } from "../measure-ood.js";
import type { Task } from "../progress.js";
import type { EpochRow } from "../results.js";
import { writeTensors, type Store } from "../store/store.js";
import { tracedStep, writeTrace, type Trace } from "../trace.js";
import { trainingOptions } from "../training-options.js";
import { bestKey, writeCheckpoint, writeMetrics } from "./files.js";
import { forecastOf } from "./forecast.js";
import { Keeping } from "./keeping.js";
import { beginning, finishedRow, stoppedRow, type Beginning } from "./rows.js";
import type { Running } from "./running.js";
import type { TrialResult } from "./spec.js";
import { beginTrace, endTrace } from "./traces.js";

/** What an attempt has come to so far. */
export interface Attempted {
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
export async function attemptNow(
  running: Running,
  attempt: Attempt,
  now: Attempted,
  within: Within,
): Promise<TrialResult> {
  const { job, trial, stop, before, store, attempts } = running;
  const { data, settings, signal } = job;
  const { epochs, batch, schedule, warmup, patience } = settings;
  const { tau, loss, trainScore, validationScore } = stop;
  const { until, seconds } = within;
  const method = methods[settings.method];
  const trains = method.trains !== "nothing";
  const rate = trains ? attempt.learningRate : null;
  const lowered = attempts
    .slice(0, attempt.lowered.length)
    .map(({ learningRate, failure, epoch }) => ({ learningRate, failure, epoch }));
  const forecast = rate === null ? null : await forecastOf(running, rate, lowered.length);
  const start = (now.start = beginning(running, rate, forecast, lowered));

  const paused = (): boolean => trains && until < epochs && now.history.length >= until;
  if (paused()) return stoppedRow(running, start, now.history, seconds());
  const perEpoch = Math.ceil(data.train.count / batch);
  const trace = (now.trace = await beginTrace(running, attempt, now.history, { rate, perEpoch, seconds }));
  job.follower?.trained(tau, trace, "epoch");
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
    ...told(running, now.history, trace, within),
    ...kept(store, now.history, trace, seconds),
    shouldPause: paused,
    ...(signal ? { signal } : {}),
  });
  if (!result) return stoppedRow(running, start, now.history, seconds());
  tellHowItEnded(running, start, result);
  await writeMetrics(store, now.history);
  await endTrace(running, trace);
  await writeTensors(store, bestKey, result.best);
  return finishedRow(running, start, result, await measureOod(job, stop, result), seconds());
}

/** What is heard of a run while it trains, step by step and epoch by epoch. */
function told(
  { job, stop: { tau } }: Running,
  history: EpochRow[],
  trace: Trace,
  { task, seconds }: Within,
): Required<Pick<RunOptions, "onStep" | "onEpoch">> {
  const { metric } = job.data.objective;
  const { epochs } = job.settings;
  return {
    onStep: (step) => {
      job.search?.trained(1 / trace.perEpoch);
      task.update((step.epoch - 1) * trace.perEpoch + step.batch, `loss ${step.loss.toFixed(4)}`);
      trace.steps.push(tracedStep(step, seconds()));
      job.follower?.trained(tau, trace, "step");
    },
    onEpoch: async (metrics) => {
      history.push(metrics);
      job.follower?.trained(tau, trace, "epoch");
      say(
        job,
        `${nameOfStart(tau)} epoch ${metrics.epoch}/${epochs}: loss ${metrics.loss.toFixed(4)}, validation ${formatScore(metrics.validationScore, metric)}`,
      );
    },
  };
}

/** What is kept of a run while it trains, and when. */
function kept(
  store: Store,
  history: EpochRow[],
  trace: Trace,
  seconds: () => number,
): Required<Pick<RunOptions, "onCheckpoint" | "isDue" | "saveEvery">> {
  const keeping = new Keeping();
  return {
    onCheckpoint: (checkpoint) =>
      keeping.keep(async () => {
        await writeTrace(store, trace);
        await writeCheckpoint(store, checkpoint, seconds());
        await writeMetrics(store, history);
      }),
    isDue: (why) => keeping.isDue(why),
    saveEvery: 20,
  };
}

function tellHowItEnded({ job, stop: { tau } }: Running, { learningRate }: Beginning, result: RunResult): void {
  const { method, epochs, patience } = job.settings;
  if (methods[method].trains !== "nothing" && result.epochs.length < epochs)
    say(
      job,
      `${nameOfStart(tau)}: stopped after epoch ${result.epochs.length}, as none was better in ${patience} epochs`,
    );
  if (result.collapsed)
    say(
      job,
      `warning: ${nameOfStart(tau)}: collapsed at rate ${learningRate?.toPrecision(3)}, it is worse than probing alone on its own training samples`,
    );
}

function say({ onProgress }: Job, text: string): void {
  onProgress?.({ kind: "message", text });
}
