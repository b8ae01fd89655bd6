import type { Convergence } from "./converge.js";
import { accuracy, outcome } from "../objectives/energy.js";
import { headNorm } from "../heads/index.js";
import type { ProbeEvaluation } from "./probe-evaluation.js";
import type { Tau } from "./taus.js";

/** Cached values [N, …], row-major, with class indices [N]: features, or the input of the reinitialised blocks. */
export interface LabelledFeatures {
  features: Float32Array;
  labels: ArrayLike<number>;
}

/** The head after tau epochs, measured with hard labels in evaluation mode. */
export interface ProbeStop {
  tau: Tau;
  /** Mean cross-entropy on the training features, in nats, whatever the probing loss. */
  loss: number;
  /** 0..1 */
  trainScore: number;
  /** E(tau) on the training features, 0..√2. */
  energy: number;
  /** 0..1; null without validation features. */
  validationScore: number | null;
  /** ‖W‖ */
  headNorm: number;
  /** mean ‖z_0‖ on the training set: the same at every tau, unless blocks below the head were probed too. */
  featureNorm: number;
  /** For tau = `converged`: how far. */
  convergence?: Convergence;
  /** v_tau: the head's parameters, and those of the blocks with their BatchNorm statistics. */
  head: Map<string, Float32Array>;
}

export interface MeasureOptions {
  train: LabelledFeatures;
  validation?: LabelledFeatures;
  /** h */
  width: number;
  /** k */
  classes: number;
}

/** Measures a head on training and validation features. */
export async function measure(
  evaluation: ProbeEvaluation,
  { train, validation, width, classes }: MeasureOptions,
  tau: Tau,
  head: Map<string, Float32Array>,
): Promise<ProbeStop> {
  const { logits, probabilities, features } = await evaluation.run(head, train.features);
  const { loss, energy, accuracy: trainScore } = outcome(logits, train.labels, classes, probabilities);
  const held = validation && (await evaluation.run(head, validation.features));
  return {
    tau,
    loss,
    trainScore,
    energy,
    validationScore: validation && held ? accuracy(held.logits, validation.labels, classes) : null,
    headNorm: headNorm(head),
    featureNorm: evaluation.meanNorm(features, width),
    head,
  };
}
