import type { Backbone } from "../backbone/backbone.js";
import { meanAndSpread } from "../measures/seed-statistics.js";
import type { Data } from "../probe/data.js";
import { rangeTest, type RangeTest } from "./range-test.js";
import { isAdaptive, type TrainingOptions } from "./training-setup.js";

export interface RateSearch {
  /** mean ‖x‖ on the training set, x what the logits' head reads: steps of sgd on inputs of scale s move the logits by rate · s². */
  headInputNorm: number;
  /** The middle of the rates to try with an optimizer that keeps second moments. Default 5e-5. */
  adaptiveMiddle?: number;
  onStep?: (steps: RangeSteps, rate: number) => void;
  signal?: AbortSignal;
}

/** Of each range test. */
const steps = 16;

/**
 * The range test looks this many times below and above the middle. Few heads are so large that they bear less. Small networks
 * that clip may bear more, for a few steps: whole runs at what a wider range finds are no better, and may collapse.
 */
const [below, above] = [5, 20];

/** As whole encoders are usually fine-tuned with AdamW. */
const usualMiddle = 5e-5;

/**
 * Where a loss is lowest is partly luck: one test finds as little as half of what another does on images, and runs at half the rate
 * end four to five points lower (sign-digits, ten seeds). So two tests on different batches are averaged; with an adaptive optimizer
 * one does: on texts two were within a factor of 1.9 of one another (five runs), and equal in two.
 */
function fewest(options: Pick<TrainingOptions, "optimizer">): number {
  return isAdaptive(options) ? 1 : 2;
}

/** Two that agree may do so by chance. */
const [fewestOfShallow, most] = [3, 8];

/** Of ln of the rate: the standard error at which an average is sure enough. */
const sure = 0.25;

/** What a loss has to fall by for its curve to have a bottom, as a part of the loss of guessing. */
const deep = 0.06;

/**
 * Whether tests are enough to average. Where the loss hardly falls in so few steps, as on molecules, its curve is flat within what
 * batches do to it, and tests differ up to ninefold: there they go on until their average is sure.
 * @param guess the loss of guessing
 */
function areEnough(tests: readonly RangeTest[], guess: number): boolean {
  const { mean: depth } = meanAndSpread(tests.map(({ changes }) => -Math.min(0, ...changes)));
  if (depth >= deep * guess || tests.length >= most) return true;
  const { spread } = meanAndSpread(tests.map(({ rate }) => Math.log(rate)));
  return tests.length >= fewestOfShallow && spread !== null && spread / Math.sqrt(tests.length) <= sure;
}

/** Of all tests together, as far as is known before the first. */
export function rangeSteps(options: Pick<TrainingOptions, "optimizer">): number {
  return fewest(options) * steps;
}

/** How far tests are. */
export interface RangeSteps {
  readonly done: number;
  /** Of the tests that are known to be needed: there may be more. */
  readonly total: number;
}

export interface FoundRate {
  /** The geometric mean of what the tests find. */
  rate: number;
  tests: RangeTest[];
}

/** The rate to fine-tune a head at. */
export async function searchRate(
  backbone: Backbone,
  data: Pick<Data, "engine" | "objective" | "train">,
  options: TrainingOptions,
  { headInputNorm, adaptiveMiddle = usualMiddle, onStep, signal }: RateSearch,
): Promise<FoundRate> {
  const middle = isAdaptive(options) ? adaptiveMiddle : 0.1 / (headInputNorm || 1) ** 2;
  const tests: RangeTest[] = [];
  const atLeast = fewest(options);
  do {
    const before = tests.length;
    const total = Math.max(before + 1, atLeast) * steps;
    tests.push(
      await rangeTest(backbone, data, {
        ...options,
        test: before,
        from: middle / below,
        to: middle * above,
        steps,
        onStep: (step, rate) => onStep?.({ done: before * steps + step, total }, rate),
        ...(signal ? { signal } : {}),
      }),
    );
  } while (tests.length < atLeast || !(isAdaptive(options) || areEnough(tests, data.objective.guess)));
  const { mean } = meanAndSpread(tests.map(({ rate }) => Math.log(rate)));
  return { rate: Math.exp(mean), tests };
}
