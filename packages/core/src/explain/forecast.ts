import { fitted } from "../backbone/fit.js";
import { layoutOf, type Backbone } from "../backbone/backbone.js";
import { epochOrder } from "../data/random.js";
import { selected, type Samples } from "../data/samples.js";
import { DivergedError } from "../engine/errors.js";
import type { Weights } from "../engine/weights.js";
import { currentTensors } from "../finetune/checkpoint.js";
import type { RunOptions } from "../finetune/options.js";
import { finetuneOrPause, totalSteps } from "../finetune/run.js";
import { predict, type Predictions } from "../finetune/predict.js";
import { rateFactor } from "../finetune/schedule.js";
import type { TrainingOptions } from "../finetune/training-setup.js";
import { linearHead, logitsOf, withHead } from "../heads/index.js";
import { adaptation } from "../measures/adaptation.js";
import { spearman } from "../measures/rank-correlation.js";
import type { Data } from "../probe/data.js";

export interface ForecastOptions extends TrainingOptions, Pick<RunOptions, "epochs" | "learningRate" | "schedule"> {
  /** Of the rollout. Default 24: momentum 0.9 has reached its full speed by the half of them. */
  steps?: number;
  /** How many training samples to measure on. Default 256; fewer where their features take more than 64 MB. */
  samples?: number;
  onStep?: (step: number) => void;
  signal?: AbortSignal;
}

/** How far and how coherently fine-tuning will move the features. */
export interface Forecast {
  /** mean ‖z_T − z_0‖ of training samples after the whole run; null if the rollout diverged. */
  euclidean: number | null;
  /** ‖mean Δz‖ / mean ‖Δz‖ at the rollout's end; null if it diverged. */
  coherence: number | null;
  /** Before the first step, in the middle of the rollout, and at its end; shorter if it diverged. */
  rollout: RolloutPoint[];
}

export interface RolloutPoint {
  /** Steps taken. */
  step: number;
  /** Time under the schedule: the sum of the steps' rates, in units of the highest. */
  time: number;
  /** mean ‖z − z_0‖ */
  euclidean: number;
  /** ‖mean (z − z_0)‖ / mean ‖z − z_0‖ */
  coherence: number;
  /** mean ‖r_n‖: for classes mean ‖e_y − p‖ */
  energy: number;
}

/** Features of measured samples that are held, a few times over: 64 MB each. */
const mostNumbers = 2 ** 24;

/** Into how many the rollout is cut; at the end of each, the features are measured. */
const stretches = 4;

/**
 * Forecasts how far fine-tuning from a head will move the features, from a rollout: the first steps that `finetune` with
 * the same options would take, stopped there, and measured on some training samples. Nothing is kept of them.
 *
 * One step cannot rank heads: it moves features by η K Wᵀ(e_y − p), so that a random head, which leaves the most energy,
 * moves them least, as its W is small; how soon W grows and how soon the energy is spent shows in a rollout only.
 * Momentum, clipping, the optimizer and the kernel need no model of their own either: they are in the measured way.
 * Coherence tells whether the samples' ways add up or cancel; it is reported as the rollout has it.
 */
export async function forecast(
  backbone: Backbone,
  data: Pick<Data, "engine" | "objective" | "train">,
  options: ForecastOptions,
): Promise<Forecast> {
  const { objective, train } = data;
  const { seed, steps: most = 24, samples = 256 } = options;
  const total = totalSteps(data, options);
  const stretch = Math.floor(Math.min(most, total - 1) / stretches);
  if (stretch < 1)
    throw new Error(
      `a run of ${total === 1 ? "1 step" : `${total} steps`} is too short to forecast; ${stretches + 1} are the least`,
    );
  const own = await fitted(backbone, train);
  const few = Math.max(
    1,
    Math.min(
      samples,
      Math.floor(
        mostNumbers / Math.max(backbone.width, logitsOf(options.architecture ?? linearHead(), objective.outputs)),
      ),
    ),
  );
  const measured = selected(own, epochOrder(train.count, seed, "forecast", 0).slice(0, few));
  const look = (weights: Weights): Promise<Predictions> => lookAt(backbone, data, options, weights, measured);
  const before = await look(options.head);
  const measure = ({ logits, features }: Predictions, step: number): RolloutPoint => {
    const { euclidean, coherence } = adaptation(before.features, features, layoutOf(backbone));
    const { energy } = objective.measure({ logits }, measured.targets);
    return { step, time: timeOf(options, step, total), euclidean, coherence, energy };
  };
  const rollout = [measure(before, 0)];
  let steps = 0;
  try {
    await finetuneOrPause(
      backbone,
      { ...data, train: own, validation: measured },
      {
        ...options,
        before: { train: new Float32Array(0), validation: before.features },
        keepsFeatures: false,
        // What lies below everything trained is not worth computing for all samples here.
        cacheBytes: 0,
        saveEvery: stretch,
        onCheckpoint: async (checkpoint) => {
          const { step } = checkpoint.json;
          if (step % stretch === 0) rollout.push(measure(await look(currentTensors(checkpoint)), step));
        },
        shouldPause: () => steps === stretches * stretch,
        onStep: () => {
          options.signal?.throwIfAborted();
          steps++;
          options.onStep?.(steps);
        },
      },
    );
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
  }
  const euclidean = rollout.length === stretches + 1 ? extrapolate(rollout, timeOf(options, total, total)) : NaN;
  if (!Number.isFinite(euclidean)) return { euclidean: null, coherence: null, rollout };
  return { euclidean, coherence: rollout.at(-1)!.coherence, rollout };
}

/**
 * The distance at a later time, from a rollout: u_T = a √T, with a fitted to all its points by least squares. Time counts
 * rates, so that schedules need nothing more.
 *
 * Momentum makes all features swing together (coherence near 1) in the first steps, as far as several steps take them. A
 * speed read off two points is therefore mostly noise, and so is what an energy that decays at the rollout's pace makes
 * of it: extrapolated geometrically, forecasts ranked runs of the demo's task worse than the rollout's end did, and missed
 * them up to eightfold. The root is how far steps lead that partly cancel; in those runs it came within a factor of two
 * or so, except where the head grew from nearly nothing or the task needed strong adaptation: it came out short then.
 * @param end the time T
 */
export function extrapolate(rollout: readonly RolloutPoint[], end: number): number {
  const squares = rollout.reduce((sum, { time }) => sum + time, 0);
  const products = rollout.reduce((sum, { time, euclidean }) => sum + euclidean * Math.sqrt(time), 0);
  return squares > 0 ? (products / squares) * Math.sqrt(end) : 0;
}

/** How well a forecast ranked runs by the distance that their features then moved, beside ranking by energy alone. */
export interface ForecastScore {
  /** Spearman's correlation of forecast and distance; null where there is none. */
  forecast: number | null;
  /** Of the energy that the head left, and distance. */
  energy: number | null;
  /** How many runs were ranked: those that had a forecast and came to an end. */
  runs: number;
}

/** @param runs forecasts and distances in one unit: relative to ‖z_0‖ where backbones differ */
export function scoreForecasts(
  runs: readonly { energy: number; forecast: number | null; euclidean: number | null }[],
): ForecastScore {
  const ranked = runs.filter(({ forecast, euclidean }) => forecast !== null && euclidean !== null);
  const moved = ranked.map((run) => run.euclidean!);
  return {
    forecast: spearman(
      ranked.map((run) => run.forecast!),
      moved,
    ),
    energy: spearman(
      ranked.map((run) => run.energy),
      moved,
    ),
    runs: ranked.length,
  };
}

/** What the network says of the measured samples. */
async function lookAt(
  backbone: Backbone,
  { engine, objective }: Pick<Data, "engine" | "objective">,
  { architecture = linearHead(), head }: ForecastOptions,
  weights: Weights,
  samples: Samples,
): Promise<Predictions> {
  const headed = withHead(backbone, architecture, objective.outputs, head);
  const own = new Map([...weights].filter(([name]) => headed.graph.initializers.has(name)));
  const [predictions] = await predict(engine, headed, own, [samples]);
  return predictions!;
}

function timeOf({ schedule }: ForecastOptions, steps: number, total: number): number {
  if (!schedule) return steps;
  return Array.from({ length: steps }, (_, i) => rateFactor(schedule, i, total)).reduce((sum, rate) => sum + rate, 0);
}
