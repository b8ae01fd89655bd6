import { requireOptions, requireWanted } from "../given/require.js";
import { isObject, number, whole, type Wanted } from "../given/wanted.js";
import { wrongNumbers } from "./require-targets.js";
import { huber, squaredError } from "@taskhead/autograd";
import { DataError } from "../given/errors.js";
import { targetCount, type Targets } from "../data/targets.js";
import { energyOf } from "./energy.js";
import { guarded } from "./guarded.js";
import type { Objective, Outputs, OutputScore, Scale, Score } from "./objective.js";
import { meanOfOutputs } from "./output-scores.js";

export interface RegressionOptions {
  /** How the targets were standardised (`standardised`); left out for targets that are not. */
  scale?: Scale;
  /** Huber's threshold δ in standardised units: beyond it the loss grows linearly. Default: squared error. */
  huber?: number;
}

const scales: Wanted = {
  wants: "what scaleOf gives",
  is: (value) => isObject(value) && ["mean", "deviation"].every((name) => Array.isArray(Reflect.get(value, name))),
};

/**
 * k numbers: ½‖y − q‖² (or Huber's loss), summed over numbers, mean over samples; energy mean ‖y − q‖₂, at a guess of 0 the
 * spread of the targets; R², mean over the numbers. Targets are standardised on the training set, NaN where not known,
 * [N, k].
 */
export function regression(numbers: number, options: RegressionOptions = {}): Objective {
  requireWanted("regression", numbers, whole({ from: 1 }));
  requireOptions("regression", options, { scale: scales, huber: number({ above: 0 }) });
  const { scale, huber: delta } = options;
  if (scale && (scale.mean.length !== numbers || scale.deviation.length !== numbers))
    throw new DataError(
      `the scale is of ${scale.mean.length} numbers, and regression learns ${numbers}; take scaleOf its targets`,
    );
  const clip = (error: number): number => (delta === undefined ? error : Math.max(-delta, Math.min(delta, error)));
  const residual: Objective["residual"] = ({ logits }, { data: y }) =>
    Float64Array.from(y, (one, i) => (Number.isNaN(one) ? 0 : clip(one - logits[i]!)));
  const each = ({ logits }: Outputs, { data: y }: Targets): OutputScore[] =>
    Array.from({ length: numbers }, (_, j) => {
      const of = (values: ArrayLike<number>) =>
        Array.from({ length: y.length / numbers }, (__, n) => values[n * numbers + j]!);
      return explained(of(logits), of(y));
    });
  const score = (outputs: Outputs, targets: Targets): Score =>
    meanOfOutputs(each(outputs, targets), targets.data.length / numbers);
  return guarded({
    name: "regression",
    outputs: numbers,
    guess: numbers / 2,
    curvature: 1,
    metric: { name: "R²", percent: false, chance: 0 },
    refuses: (targets) =>
      wrongNumbers(targets, numbers, Number.isFinite, "a finite number, or NaN for what is not known"),
    loss: () => (delta === undefined ? squaredError({ logits: "logits" }) : huber({ logits: "logits", delta })),
    residual,
    measure: (outputs, targets) => ({
      loss: meanLoss(outputs.logits, targets.data, numbers, delta),
      energy: energyOf(residual(outputs, targets), numbers),
      score: score(outputs, targets).value,
    }),
    score,
    each,
    // Against the mean of the training set, which is 0: adds up over batches.
    tally({ logits }, { data: y }) {
      let [sum, of] = [0, 0];
      for (let i = 0; i < y.length; i++) {
        if (Number.isNaN(y[i]!)) continue;
        sum += y[i]! ** 2 - (y[i]! - logits[i]!) ** 2;
        of += y[i]! ** 2;
      }
      return { sum, of };
    },
    weight: targetCount,
    ...(scale ? { scale } : {}),
  });
}

function meanLoss(logits: ArrayLike<number>, y: Targets["data"], numbers: number, delta = Infinity): number {
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    if (Number.isNaN(y[i]!)) continue;
    const error = Math.abs(y[i]! - logits[i]!);
    total += error <= delta ? error ** 2 / 2 : delta * (error - delta / 2);
  }
  return total / (y.length / numbers);
}

/**
 * R² = 1 − Σ(y − q)² / Σ(y − ȳ)² over the samples whose y is known.
 * @returns value NaN where all y are equal, or none is known
 */
export function explained(q: readonly number[], y: readonly number[]): OutputScore {
  const known = y.flatMap((one, n) => (Number.isNaN(one) ? [] : [n]));
  const measured = known.length;
  const mean = known.reduce((sum, n) => sum + y[n]!, 0) / measured;
  const [error, spread] = [q, undefined].map((from) =>
    known.reduce((sum, n) => sum + (y[n]! - (from?.[n] ?? mean)) ** 2 / measured, 0),
  ) as [number, number];
  const influence = new Float64Array(y.length);
  const root = { error: Math.sqrt(error) };
  if (!(spread > 0)) return { value: NaN, measured, influence, ...root };
  const share = y.length / measured;
  for (const n of known) {
    const [e, d] = [(y[n]! - q[n]!) ** 2, (y[n]! - mean) ** 2];
    influence[n] = share * ((error * (d - spread)) / spread ** 2 - (e - error) / spread);
  }
  return { value: 1 - error / spread, measured, influence, ...root };
}

/** Mean and standard deviation of every number over the training samples that have it; numbers that are constant keep 1. */
export function scaleOf({ data, shape: [numbers = 1] }: Targets): Scale {
  const columns = Array.from({ length: numbers }, (_, j) =>
    Array.from(data).filter((y, i) => i % numbers === j && !Number.isNaN(y)),
  );
  const unknown = columns.findIndex((column) => column.length === 0);
  if (unknown >= 0)
    throw new DataError(`no training sample says what number ${unknown} is; give one, or leave that number out`);
  const mean = columns.map((column) => column.reduce((sum, y) => sum + y, 0) / column.length);
  const deviation = columns.map((column, j) => {
    const square = column.reduce((sum, y) => sum + (y - mean[j]!) ** 2, 0) / column.length;
    return Math.sqrt(square) || 1;
  });
  return { mean, deviation };
}

/** (y − mean) / deviation. @throws {DataError} unless the scale is of as many numbers */
export function standardised({ data, shape }: Targets, { mean, deviation }: Scale): Targets {
  const [numbers = 1] = shape;
  if (mean.length !== numbers)
    throw new DataError(`a sample has ${numbers} numbers, the scale ${mean.length}; take the scale of these targets`);
  return { data: Float32Array.from(data, (y, i) => (y - mean[i % numbers]!) / deviation[i % numbers]!), shape };
}
