import { forecast, type Forecast } from "@taskhead/core";
import type { Finetuning } from "./finetuning.js";
import { trainingSetup } from "./training-setup.js";

const steps = 24;

/** With `--forecast`, how far fine-tuning from this tau's head will move the features. Found before, it is read. */
export async function forecastOf(run: Finetuning, learningRate: number): Promise<Forecast | null> {
  const { folder, data, stop, options, progress, signal } = run;
  const { epochs, batch, schedule, warmup } = options;
  // Of shorter runs the rollout would be all.
  if (!options.forecast || epochs * Math.ceil(data.train.images.count / batch) < 5) return null;
  const file = folder.tau(stop.tau, "forecast.json");
  const stored = folder.readJson<Forecast>(file);
  if (stored) return stored;
  const task = progress.task(`forecast, tau ${stop.tau}`, steps, "steps");
  try {
    const found = await forecast({
      ...trainingSetup(run, learningRate),
      epochs,
      learningRate,
      schedule: { kind: schedule, warmup },
      steps,
      onStep: (step) => task.update(step),
      signal,
    });
    folder.writeJson(file, found);
    return found;
  } finally {
    task.end();
  }
}
