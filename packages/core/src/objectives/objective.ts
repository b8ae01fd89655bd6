import type { Loss } from "@taskhead/autograd";
import type { Targets } from "../data/targets.js";

export type ObjectiveName = "classification" | "multi-label" | "regression";

/** What a network says of N samples. */
export interface Outputs {
  /** q, [N, k] row-major. */
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

/** Loss, energy and score of some samples, from one pass over them. */
export interface Measured {
  /** The objective's mean loss. */
  readonly loss: number;
  /** E = mean_n ‖r_n‖₂ with the residual r_n = −N·∂L/∂q_n. */
  readonly energy: number;
  /** `score(…).value` */
  readonly score: number;
}

/** A kind of task: what is lost, what is left to learn, and what counts. One file each. */
export interface Objective {
  readonly name: ObjectiveName;
  /** k: numbers that the head gives per sample. */
  readonly outputs: number;
  /** The loss of guessing: ln k for classes. */
  readonly guess: number;
  readonly metric: Metric;
  /** What makes probabilities of logits, as an operator of ONNX along the last axis; undefined where nothing does. */
  readonly activation?: "Softmax" | "Sigmoid";
  /** The loss to train with, as a fragment of a graph. */
  loss(options?: LossOptions): Loss;
  /** r = −N·∂L/∂q of the plain loss, [N, k]. */
  residual(outputs: Outputs, targets: Targets): Float64Array;
  /** The mean of the plain loss, energy and score. */
  measure(outputs: Outputs, targets: Targets): Measured;
  score(outputs: Outputs, targets: Targets): Score;
}
