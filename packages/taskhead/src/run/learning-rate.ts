import { rangeTest, type RangeTest } from "@taskhead/core";
import type { Finetuning } from "./finetuning.js";
import { significant } from "../terminal/format.js";
import { trainingSetup } from "./training-setup.js";

const steps = 36;

/** The range test looks this many times below and above the middle. */
const reach = 30;

/**
 * The rate asked for. For `auto`, the one that a range test from this tau's head finds: a head that long probing has
 * grown bears lower rates only. Found before, it is read from the run folder.
 */
export async function learningRateOf(run: Finetuning): Promise<number> {
  const { folder, stop, options, progress, signal } = run;
  if (options.lr !== "auto") return options.lr;
  const file = folder.tau(stop.tau, "rate.json");
  const stored = folder.readJson<RangeTest>(file);
  if (stored) return stored.rate;
  // Steps of sgd on features of scale s move the logits by rate · s²; those of adamw have a scale of their own.
  const middle = options.optimizer === "adamw" ? 1e-4 : 0.1 / (stop.featureNorm || 1) ** 2;
  const task = progress.task(`learning rate, tau ${stop.tau}`, steps, "steps");
  try {
    const found = await rangeTest({
      ...trainingSetup(run),
      from: middle / reach,
      to: middle * reach,
      steps,
      onStep: (step, rate) => task.update(step, `rate ${significant(rate)}`),
      signal,
    });
    folder.writeJson(file, found);
    progress.say(`tau ${stop.tau}: learning rate ${found.rate.toPrecision(3)}, found by a range test`);
    return found.rate;
  } finally {
    task.end();
  }
}
