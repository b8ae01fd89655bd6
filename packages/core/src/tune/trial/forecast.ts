import { forecast, type Forecast } from "../../explain/forecast.js";
import { totalSteps } from "../../finetune/run.js";
import { nameOfStart } from "../../probe/taus.js";
import { beginTask, unlessDamaged } from "../progress.js";
import { readJson, writeJson } from "../store/store.js";
import { trainingOptions } from "../training-options.js";
import type { Running } from "./running.js";

const forecastSteps = 24;

/** With `forecast`, how far fine-tuning from this head will move the features. Found before, it is read. */
export async function forecastOf(
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
