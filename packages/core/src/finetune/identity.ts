import type { Optimizer } from "@taskhead/autograd";
import type { Data } from "../probe/data.js";
import type { RunIdentity } from "./checkpoint.js";
import { loweredText, type Failure } from "./lowering.js";
import type { Schedule } from "./schedule.js";
import { usualOptimizer, type TrainingOptions } from "./training-setup.js";

/** What steps follow from. */
interface Steps extends TrainingOptions {
  learningRate: number;
  lowered?: readonly Failure[];
  schedule?: Schedule;
}

/**
 * All that decides what the steps after a checkpoint do, so that a run goes on as what it began. What holds and moves each
 * parameter is told by its values, parameter by parameter: functions cannot be compared.
 * @param trained the parameters, in the training step's order
 * @param steps of the whole run
 */
export function runIdentity(
  { objective, train, validation }: Pick<Data, "objective" | "train" | "validation">,
  options: Steps,
  trained: readonly string[],
  steps: number,
): RunIdentity {
  const { seed, batch, learningRate, lowered = [], schedule, clipNorm, classWeights, batchNorm, precision } = options;
  const { rateMultiplier = () => 1, penalty, onset = () => 1, optimizer = usualOptimizer } = options;
  const eachOf = (of: (parameter: string) => string | number): string => inRuns(trained.map(of));
  return {
    objective: objective.name,
    seed,
    batch,
    "learning rate": learningRate,
    lowered: loweredText(lowered),
    samples: train.count,
    "validation samples": validation.count,
    schedule: schedule ? `${schedule.kind}, warm-up ${schedule.warmup}, over ${steps} steps` : "constant",
    optimizer: optimizerText(optimizer),
    "factors on the rate": eachOf(rateMultiplier),
    penalty: eachOf((parameter) => {
      const { strength, around } = penalty?.(parameter) ?? { strength: 0, around: "zero" };
      return strength === 0 ? "none" : `${strength} around ${around}`;
    }),
    "first step": eachOf(onset),
    "clip norm": clipNorm ?? "none",
    "class weights": classWeights?.join() ?? "none",
    augmentation: train.augmentation ?? "none",
    BatchNorm: batchNorm ?? "frozen",
    precision: precision ?? "fp32",
  };
}

/** `sgd, momentum 0.9, weightDecay 0` */
function optimizerText({ name, constants }: Optimizer): string {
  return [name, ...Object.entries(constants).map(([constant, value]) => `${constant} ${value}`)].join(", ");
}

/** Neighbours mostly have the same: `0.5 (for 12), 1 (for 2)`. */
function inRuns(values: readonly (string | number)[]): string {
  const starts = values.flatMap((value, i) => (i === 0 || value !== values[i - 1] ? [i] : []));
  return starts.map((from, i) => `${values[from]} (for ${(starts[i + 1] ?? values.length) - from})`).join(", ");
}
