import type { Backbone } from "../backbone/backbone.js";
import type { Data } from "../probe/data.js";
import { rangeTest, type RangeTest } from "./range-test.js";
import { isAdaptive, type TrainingOptions } from "./training-setup.js";

export interface RateSearch {
  /** mean ‖x‖ on the training set, x what the logits' head reads: steps of sgd on inputs of scale s move the logits by rate · s². */
  headInputNorm: number;
  /** The middle of the rates to try with an optimizer that keeps second moments. Default 5e-5. */
  adaptiveMiddle?: number;
  onStep?: (step: number, rate: number) => void;
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
 * Where a loss is lowest is partly luck: one test finds as little as half of what another does, and runs at half the rate end four
 * to five points lower (sign-digits, ten seeds). So two tests on different batches are averaged. With an adaptive optimizer one
 * does: on texts the two were within a factor of 1.9 of one another (five runs), and equal in two.
 */
function testsFor(options: Pick<TrainingOptions, "optimizer">): number {
  return isAdaptive(options) ? 1 : 2;
}

/** Of all tests together. */
export function rangeSteps(options: Pick<TrainingOptions, "optimizer">): number {
  return testsFor(options) * steps;
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
  const tests = testsFor(options);
  const found: RangeTest[] = [];
  for (let test = 0; test < tests; test++)
    found.push(
      await rangeTest(backbone, data, {
        ...options,
        seed: options.seed + test,
        from: middle / below,
        to: middle * above,
        steps,
        onStep: (step, rate) => onStep?.(test * steps + step, rate),
        ...(signal ? { signal } : {}),
      }),
    );
  const rate = Math.exp(found.reduce((sum, one) => sum + Math.log(one.rate), 0) / tests);
  return { rate, tests: found };
}
