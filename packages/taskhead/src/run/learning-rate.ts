import { rangeTest, type RangeTest } from "@taskhead/core";
import type { Finetuning } from "./finetuning.js";
import { significant } from "../terminal/format.js";
import { trainingSetup } from "./training-setup.js";

const steps = 16;

/** The range test looks this many times below and above the middle. Few heads are so large that they bear less. */
const [below, above] = [5, 20];

/** Where a loss is lowest is partly luck: tests on different batches are averaged. */
const tests = 2;

/**
 * The rate asked for. For `auto`, `timesFound` what range tests from the reference's head find (`measuredAt`; this tau's own
 * without one). One place for all taus, since two tests of one head differ as much as those of two heads do; from there the
 * rate is in inverse proportion to the head's norm, as a step moves features by Wᵀ.
 */
export async function learningRateOf(run: Finetuning): Promise<number> {
  const { options, stop, measuredAt = run, timesFound = 1 } = run;
  if (options.lr !== "auto") return options.lr;
  return timesFound * (await testedRate(measuredAt)) * (measuredAt.stop.headNorm / stop.headNorm);
}

/** The geometric mean of the rates that the tests find. Found before, it is read from the run folder. */
async function testedRate(run: Finetuning): Promise<number> {
  const { folder, stop, options, progress, signal } = run;
  const file = folder.tau(stop.tau, "rate.json");
  const stored = folder.readJson<{ rate: number }>(file);
  if (stored) return stored.rate;
  // Steps of sgd on features of scale s move the logits by rate · s²; those of adamw have a scale of their own.
  const middle = options.optimizer === "adamw" ? 1e-4 : 0.1 / (stop.featureNorm || 1) ** 2;
  const task = progress.task(`learning rate, tau ${stop.tau}`, tests * steps, "steps");
  const found: RangeTest[] = [];
  try {
    for (let test = 0; test < tests; test++)
      found.push(
        await rangeTest({
          ...trainingSetup(run),
          seed: options.seed + test,
          from: middle / below,
          to: middle * above,
          steps,
          onStep: (step, rate) => task.update(test * steps + step, `rate ${significant(rate)}`),
          signal,
        }),
      );
    const rate = Math.exp(found.reduce((sum, one) => sum + Math.log(one.rate), 0) / tests);
    folder.writeJson(file, { rate, tests: found });
    progress.say(`learning rate ${rate.toPrecision(3)}, found by range tests at tau ${stop.tau}`);
    return rate;
  } finally {
    task.end();
  }
}
