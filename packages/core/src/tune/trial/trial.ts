import { DivergedError } from "../../engine/errors.js";
import { attemptOf, lowerUntilSound } from "../../finetune/lowering.js";
import { methods } from "../../finetune/methods.js";
import { nameOfStart } from "../../probe/taus.js";
import type { Job } from "../job.js";
import type { Probed } from "../probing.js";
import { beginTask, unlessDamaged } from "../progress.js";
import { readJson, writeJson } from "../store/store.js";
import { headRate } from "../training-options.js";
import { attemptNow, type Attempted } from "./attempt.js";
import { readAttempts, standingAt, writeAttempts } from "./earlier-attempts.js";
import { checkpointKey, readCheckpoint, writeMetrics } from "./files.js";
import { beginning, divergedRow, stoppedRow, type Beginning } from "./rows.js";
import type { Running } from "./running.js";
import type { RunTrial, TrialResult } from "./spec.js";
import { endTrace, finishedTrace } from "./traces.js";

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
    await endTrace(running, now.trace);
    return divergedRow(running, start(), now.history, seconds());
  } finally {
    task.end();
  }
}
