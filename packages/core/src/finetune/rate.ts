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

/** Of the range test. A second test finds half or twice as much at most, which whole runs hardly notice, and takes as long again. */
export const rangeSteps = 16;

/**
 * The range test looks this many times below and above the middle. Few heads are so large that they bear less. Small networks
 * that clip may bear more, for a few steps: whole runs at what a wider range finds are no better, and may collapse.
 */
const [below, above] = [5, 20];

/** As whole encoders are usually fine-tuned with AdamW. */
const usualMiddle = 5e-5;

/** The rate to fine-tune a head at: what a range test finds. */
export function searchRate(
  backbone: Backbone,
  data: Pick<Data, "engine" | "objective" | "train">,
  options: TrainingOptions,
  { headInputNorm, adaptiveMiddle = usualMiddle, onStep, signal }: RateSearch,
): Promise<RangeTest> {
  const middle = isAdaptive(options) ? adaptiveMiddle : 0.1 / (headInputNorm || 1) ** 2;
  return rangeTest(backbone, data, {
    ...options,
    from: middle / below,
    to: middle * above,
    steps: rangeSteps,
    ...(onStep ? { onStep } : {}),
    ...(signal ? { signal } : {}),
  });
}
