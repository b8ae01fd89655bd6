import type { CachedValues } from "../data/cached-values.js";
import type { Adaptation } from "../measures/adaptation.js";
import type { EpochMetrics, FinetuneCheckpoint } from "./checkpoint.js";
import type { RunStart } from "./collapse.js";
import type { Failure } from "./lowering.js";
import type { Schedule } from "./schedule.js";
import type { FrozenPart, TrainingOptions } from "./training-setup.js";

export interface FinetuneOptions extends Omit<TrainingOptions, "batch" | "seed" | "clipNorm"> {
  /** Default 64. */
  batch?: number;
  /** Default 0. */
  seed?: number;
  /** Default 10. */
  epochs?: number;
  /**
   * The highest; `schedule` says how it is reached and left. Default `auto`: what range tests find (`searchRate`), a third
   * of it where the run then diverges or collapses.
   */
  learningRate?: number | "auto";
  /** Default: constant without warm-up for a rate that is given; linear, with a warm-up of 5 %, for one that is found. */
  schedule?: Schedule;
  /** Clip gradients by their global norm to this. Default 1; `none` leaves them as they are. */
  clipNorm?: number | "none";
  /** Stop after this many epochs in a row without a higher validation score. Default: never. */
  patience?: number;
  /** z_0 of both sets, [N, h]; extracted when left out. */
  before?: { readonly train: CachedValues; readonly validation: CachedValues };
  /** For `auto`: `headInputNorm` of the stop that the head is from. Default: mean ‖z_0‖, which linear and mlp heads read. */
  headInputNorm?: number;
  /**
   * What the head scores on those features: the stop that it is from, where one is at hand. It says whether a run has
   * collapsed. Default: measured, from `before`.
   */
  start?: RunStart;
  /** Go on from here. */
  checkpoint?: FinetuneCheckpoint;
  onStep?: (step: FinetuneStep) => void;
  onEpoch?: (metrics: EpochMetrics) => void | Promise<void>;
  /** Called at every epoch's end, within an epoch after every `saveEvery` steps, and when the run is stopped. */
  onCheckpoint?: (checkpoint: FinetuneCheckpoint, why: "epoch" | "steps" | "stop") => void | Promise<void>;
  saveEvery?: number;
  /** Stops the run before the next step, with a checkpoint; it then throws the signal's reason. */
  signal?: AbortSignal;
}

export interface FinetuneStep {
  /** From 1. */
  epoch: number;
  /** From 1. */
  batch: number;
  batches: number;
  /** Mean over the batch, before its update. */
  loss: number;
  /** Of this step, as the schedule has it. */
  learningRate: number;
  /** Of all gradients together, before clipping; undefined where none are clipped. */
  gradientNorm?: number;
}

export interface FinetuneResult {
  epochs: EpochMetrics[];
  /** The epoch whose weights are kept (`bestEpochOf`); 0 if no epoch was run. */
  bestEpoch: number;
  /** Of that epoch, on the validation samples; null if no epoch was run, or where there is none. */
  bestScore: number | null;
  /** The highest rate that was used: what was given, or found; 0 for a method that trains nothing. */
  learningRate: number;
  /** What runs at higher rates came to, of which this one is the last: each began again at a third of the rate. */
  lowered: readonly Failure[];
  /** Whether it ended worse on its own training samples than the head did that it began with (`hasCollapsed`). */
  collapsed: boolean;
  /** Of the best epoch on the validation samples, as in `Score`; null where there is none. */
  bestHits: string | null;
  bestContributions: number[] | null;
  /** All trained parameters, backbone and head, after that epoch. */
  best: Map<string, Float32Array>;
  /** And after the last epoch. */
  last: Map<string, Float32Array>;
  /** From z_0 to z_T after the last epoch. */
  adaptation: { train: Adaptation; validation: Adaptation };
  /** z_T, [N, h]. */
  after: { train: Float32Array; validation: Float32Array };
  /** The part of the network that nothing trained lies below; null without one. */
  frozen: FrozenPart | null;
}

/** What a run found: features themselves only where they are kept. */
export interface RunResult extends Omit<FinetuneResult, "after"> {
  after: FinetuneResult["after"] | null;
}

/** Options as a run has them, defaults settled. Without `start` nothing says whether it has collapsed. */
export interface RunOptions extends Omit<
  FinetuneOptions,
  "batch" | "seed" | "learningRate" | "clipNorm" | "onCheckpoint"
> {
  batch: number;
  seed: number;
  epochs: number;
  learningRate: number;
  /** Default: not at all. */
  clipNorm?: number;
  /** What runs at higher rates came to. Default: there were none. */
  lowered?: readonly Failure[];
  /** The rate may be lowered: what collapses ends with a `CollapsedError`, and the first epoch has to be a good deal better. */
  lowers?: boolean;
  /** How often the loss of guessing, or of the first batch, the mean loss of the first epoch may be. Default 10, as later. */
  explosion?: number;
  /** As in `FinetuneOptions`, but the checkpoint's tensors are the run's own, until the promise is fulfilled. */
  onCheckpoint?: FinetuneOptions["onCheckpoint"];
  /** Asked before a checkpoint is made; false leaves it out. When stopped, none is. */
  isDue?: (why: "epoch" | "steps") => boolean;
  /** Asked before every step; true ends this process' part of the run, with a checkpoint. */
  shouldPause?: (steps: number) => boolean;
  /** Which epoch's weights are kept; default `best`, by the validation score (`bestEpochOf`). */
  keeps?: "best" | "last";
  /** Whether z_T is kept for the result, which takes as much memory again as z_0; it is measured anyway. Default true. */
  keepsFeatures?: boolean;
}
