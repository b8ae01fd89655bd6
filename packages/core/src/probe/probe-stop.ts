import type { Convergence } from "./converge.js";
import { targetCount, type Targets } from "../data/targets.js";
import type { Objective } from "../objectives/objective.js";
import { headNorm, type Head } from "../heads/index.js";
import type { ProbeEvaluation } from "./probe-evaluation.js";
import type { Tau } from "./taus.js";

/** A set of samples, as probing needs it. */
export interface CachedSet {
  /** z_0, [N, …] row-major: what the head reads, reinitialised blocks counted as part of it. */
  features: Float32Array;
  targets: Targets;
}

/** The head after tau epochs, measured by the plain objective in evaluation mode. */
export interface ProbeStop {
  tau: Tau;
  /** The objective's mean loss on the training features, whatever the probing loss. */
  loss: number;
  /** Of the objective, at most 1. */
  trainScore: number;
  /** E(tau) on the training features; 0..√2 for classes. */
  energy: number;
  /** null without validation features, or where they have no score. */
  validationScore: number | null;
  /** What each validation sample adds to that score, [N]; only of objectives without right and wrong (see `Score`). */
  contributions?: number[];
  /** ‖W‖, of the logits' head. */
  headNorm: number;
  /** mean ‖z_0‖ on the training set: the same at every tau. */
  featureNorm: number;
  /** mean ‖x‖ on the training set, x what the logits' head reads: z_0, unless reinitialised blocks are in between. */
  headInputNorm: number;
  /** For tau = `converged`: how far. */
  convergence?: Convergence;
  /** v_tau: the head's parameters, and those of the blocks with their BatchNorm statistics. */
  head: Map<string, Float32Array>;
}

export interface MeasureOptions {
  train: CachedSet;
  validation?: CachedSet;
  /** How many numbers a sample the logits' head reads. */
  width: number;
  objective: Objective;
}

/** Measures a head on training and validation features. */
export async function measure(
  evaluation: ProbeEvaluation,
  { train, validation, width, objective }: MeasureOptions,
  kind: Head,
  tau: Tau,
  head: Map<string, Float32Array>,
): Promise<ProbeStop> {
  const { headInput, ...outputs } = await evaluation.run(head, train.features);
  const { loss, energy, score: trainScore } = objective.measure(outputs, train.targets);
  const held = validation && (await evaluation.run(head, validation.features));
  const score = validation && held ? objective.score(held, validation.targets) : undefined;
  const exists = score !== undefined && Number.isFinite(score.value);
  return {
    tau,
    loss,
    trainScore,
    energy,
    validationScore: exists ? score.value : null,
    ...(exists && score.contributions ? { contributions: [...score.contributions] } : {}),
    headNorm: headNorm(kind, head),
    featureNorm: evaluation.meanNorm(train.features, train.features.length / targetCount(train.targets)),
    headInputNorm: evaluation.meanNorm(headInput, width),
    head,
  };
}
