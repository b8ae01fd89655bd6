import type { Loss } from "@taskhead/autograd";
import type { Targets } from "../data/targets.js";

/** Objectives there are, by name. */
export type ObjectiveName = "classification" | "multi-label" | "regression" | "token-classification" | "segmentation";

/** What a network says of N samples, or of the units that they have (`Targets.starts`): N are then those. */
export interface Outputs {
  /** q, [N, k] row-major; of maps [N, k, height, width]. */
  readonly logits: ArrayLike<number>;
  /** The objective's activation of them, where the runtime has computed it already. */
  readonly activated?: ArrayLike<number>;
}

export interface LossOptions {
  /** Label smoothing ε, for objectives of classes and labels. */
  readonly smoothing?: number;
  /** A weight per class or label, [k]. */
  readonly weights?: readonly number[];
}

/** What a score is. Every score is at most 1, which is perfect; higher is better. */
export interface Metric {
  /** `accuracy`, `mean ROC-AUC`, `R²` */
  readonly name: string;
  /** Whether people read it in percent. */
  readonly percent: boolean;
  /** What guessing gets. */
  readonly chance: number;
}

/** How good predictions are. */
export interface Score {
  /** At most 1, higher is better. */
  readonly value: number;
  /** `1` or `0` for each sample, right or wrong; only for objectives that know right and wrong. */
  readonly hits?: string;
  /**
   * What each sample adds, [N]: their mean is the score (to first order), so that two networks on the same samples are
   * compared pair by pair. Left out where `hits` say it.
   */
  readonly contributions?: Float64Array;
}

/** The score of one of k outputs: a label's, a number's. */
export interface OutputScore {
  /** NaN where it does not exist. */
  readonly value: number;
  /** Samples for which the output is known. */
  readonly measured: number;
  /** How much each sample, [N], draws the value away from its mean; their mean is 0. */
  readonly influence: Float64Array;
  /** Of a number: the root of the mean squared error, in standardised units where targets are. */
  readonly error?: number;
}

/** How one kind of what is to be found was found: a class, a type of entity. */
export interface KindScore {
  readonly label: string;
  /** How many there are. */
  readonly support: number;
  readonly correct: number;
  /** Of those that were found, the share that is right; null where none was found. */
  readonly precision: number | null;
  /** Of those that are there, the share that was found; null where there is none. */
  readonly recall: number | null;
}

/** Loss, energy and score of some samples, from one pass over them. */
export interface Measured {
  /** The objective's mean loss. */
  readonly loss: number;
  /** E = mean_n ‖r_n‖₂ with the residual r_n = −N·∂L/∂q_n. */
  readonly energy: number;
  /** `score(…).value` */
  readonly score: number;
}

/**
 * Measures a set of samples batch by batch, in any order: what a network says of all of them need not be kept, which of
 * maps of logits would be far more than the samples are.
 */
export interface Meter {
  /**
   * @param outputs of the samples of these indices, row by row; not kept
   * @param own the targets of these samples, where they are not those of the set: masks of another size
   */
  add(indices: readonly number[], outputs: Outputs, own?: Targets): void;
  /** Of the samples so far, as all that follows. */
  measured(): Measured;
  score(): Score;
  /** The score of some of them; NaN where there is none. What each adds is in their order. */
  scoreOf(chosen: readonly number[]): Score;
  /** Each output's own score, where outputs are judged one by one. */
  each(): readonly OutputScore[] | undefined;
  /** `pullOfLinear`, for a head whose last bias is this, [k]; where residuals are too many to be kept. */
  pull?(bias: ArrayLike<number>): number;
  /** What is wrong with each sample, where a sample has many answers. */
  samples?(): MapScores;
}

/** How each map of a set was answered, [N] each. */
export interface MapScores {
  /** Mean over the sample's places that count; NaN where none does. */
  readonly loss: Float64Array;
  /** The part of those places that is right. */
  readonly right: Float64Array;
  /** The confusion that most places have: their class, and what it is taken for; −1 where all are right. */
  readonly truth: Int32Array;
  readonly answer: Int32Array;
}

/** A part of a score that adds up over batches: Σ sum / Σ of; of `parts`, where there are any, the mean of their quotients. */
export interface Tally {
  readonly sum: number;
  readonly of: number;
  readonly parts?: readonly Tally[];
}

/** How standardised numbers become those of the user: y · deviation + mean, [k] each. */
export interface Scale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** A kind of task: what is lost, what is left to learn, and what counts. One file each. */
export interface Objective {
  readonly name: ObjectiveName;
  /** k: numbers that the head gives per sample. */
  readonly outputs: number;
  /** The loss of guessing: ln k for classes. */
  readonly guess: number;
  /** The most that a sample's loss bends along one logit, ∂²L/∂q²: how long a step of training may be goes by it. */
  readonly curvature: number;
  readonly metric: Metric;
  /** What makes probabilities of logits, as an operator of ONNX along the last axis; undefined where nothing does. */
  readonly activation?: "Softmax" | "Sigmoid";
  /** What is wrong with targets, in words; undefined if the objective can learn them. */
  refuses(targets: Targets): string | undefined;
  /** The loss to train with, as a fragment of a graph. */
  loss(options?: LossOptions): Loss;
  /** r = −N·∂L/∂q of the plain loss, [N, k]; of maps in the logits' shape, N all their places. */
  residual(outputs: Outputs, targets: Targets): Float64Array;
  /** The mean of the plain loss, energy and score. */
  measure(outputs: Outputs, targets: Targets): Measured;
  /** Who puts another in its place gives `metric`, `measure` and `tally` of it, too. */
  score(outputs: Outputs, targets: Targets): Score;
  /** The score of a training epoch, batch by batch: exact where the score adds up, else a mean over batches. */
  tally(outputs: Outputs, targets: Targets): Tally;
  /** What the mean loss of some samples is a mean over: means of parts are put together by it. */
  weight(targets: Targets): number;
  /** What the score is made of where it counts entities: each type's share. */
  classes?(outputs: Outputs, targets: Targets): readonly KindScore[];
  /** Measures samples of these targets batch by batch; left out where their logits are few enough to be kept. */
  meter?(targets: Targets): Meter;
  /** Whether there is a score for such targets, where that does not take predictions to know. */
  isScored?(targets: Targets): boolean;
  /** Each output's own score, where outputs are judged one by one. */
  each?(outputs: Outputs, targets: Targets): readonly OutputScore[];
  /** Of targets that were standardised: how predictions become the user's numbers again. */
  readonly scale?: Scale;
}
