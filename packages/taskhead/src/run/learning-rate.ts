import { rangeTest, type RangeTest } from "@taskhead/core";
import type { Finetuning } from "./finetuning.js";
import { significant } from "../terminal/format.js";
import { trainingSetup } from "./training-setup.js";

const steps = 25;

/** The range test looks this many times below and above the middle. Few heads are so large that they bear less. */
const [below, above] = [10, 30];

/**
 * The rate asked for. For `auto`, `timesFound` what a range test from the reference's head finds (`measuredAt`; this tau's
 * own without one). One place for all taus, since two tests of one head differ as much as those of two heads do; from there
 * the rate is in inverse proportion to the head's norm, as a step moves features by Wᵀ.
 */
export async function learningRateOf(run: Finetuning): Promise<number> {
  const { options, stop, measuredAt = run, timesFound = 1 } = run;
  if (options.lr !== "auto") return options.lr;
  return timesFound * (await testedRate(measuredAt)) * (measuredAt.stop.headNorm / stop.headNorm);
}

/** Found before, it is read from the run folder. */
async function testedRate(run: Finetuning): Promise<number> {
  const { folder, stop, options, progress, signal } = run;
  const file = folder.tau(stop.tau, "rate.json");
  const stored = folder.readJson<RangeTest>(file);
  if (stored) return stored.rate;
  // Steps of sgd on features of scale s move the logits by rate · s²; those of adamw have a scale of their own.
  const middle = options.optimizer === "adamw" ? 1e-4 : 0.1 / (stop.featureNorm || 1) ** 2;
  const task = progress.task(`learning rate, tau ${stop.tau}`, steps, "steps");
  try {
    const found = await rangeTest({
      ...trainingSetup(run),
      from: middle / below,
      to: middle * above,
      steps,
      onStep: (step, rate) => task.update(step, `rate ${significant(rate)}`),
      signal,
    });
    folder.writeJson(file, found);
    progress.say(`learning rate ${found.rate.toPrecision(3)}, found by a range test at tau ${stop.tau}`);
    return found.rate;
  } finally {
    task.end();
  }
}
