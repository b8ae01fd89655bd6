import { adapt } from "../../finetune/adapt.js";
import type { Attempt } from "../../finetune/lowering.js";
import { methods } from "../../finetune/methods.js";
import { nameOfStart } from "../../probe/taus.js";
import { formatScore } from "../format.js";
import { measureOod } from "../measure-ood.js";
import type { Task } from "../progress.js";
import type { EpochRow } from "../results.js";
import { writeTensors } from "../store/store.js";
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
  await endTrace(running, trace);
  await writeTensors(store, bestKey, result.best);
  return finishedRow(running, start, result, await measureOod(job, stop, result), seconds());
}
