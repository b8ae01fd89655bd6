import type { Convergence } from "./converge.js";
import type { Dial } from "./dial-ways.js";
import type { Weights } from "../engine/weights.js";
import type { Meter, Score } from "../objectives/objective.js";
import { headNorm, type Head } from "../heads/index.js";
import type { CachedSet, ProbeEvaluation } from "./probe-evaluation.js";
import type { Tau } from "./taus.js";

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
  /** E(tau) on the validation features; null without them. */
  validationEnergy: number | null;
  /** What each validation sample adds to that score, [N]; only of objectives without right and wrong (see `Score`). */
  contributions?: number[];
  /** `1` or `0` for each validation sample, right or wrong; only of objectives that know it. */
  hits?: string;
  /** ‖W‖, of the logits' head. */
  headNorm: number;
  /** mean ‖z_0‖ on the training set: the same at every tau. */
  featureNorm: number;
  /** mean ‖x‖ on the training set, x what the logits' head reads: z_0, unless reinitialised blocks are in between. */
  headInputNorm: number;
  /**
   * s = mean_n z_nᵀ (∂q_n/∂z_n)ᵀ r_n with the objective's residual r (e_y − p for classes), on what the network reads: the
   * features, or the input of reinitialised blocks, which belong to the head. See `pullOfLinear`.
   */
  pull: number;
  /** For an optimum: how it was reached. */
  convergence?: Convergence;
  /** For a head that was brought to an energy: how. */
  dial?: Dial;
  /** v_tau: the head's parameters, and those of the blocks with their BatchNorm statistics. */
  head: Map<string, Float32Array>;
}

export interface MeasureOptions {
  train: CachedSet;
  validation?: CachedSet;
  /** How many numbers a sample the logits' head reads. */
  width: number;
}

/** Measures a head on training and validation features. */
export async function measure(
  evaluation: ProbeEvaluation,
  { train, validation, width }: MeasureOptions,
  kind: Head,
  tau: Tau,
  head: Map<string, Float32Array>,
): Promise<ProbeStop> {
  const { meter, pull, headInputNorm } = await evaluation.trained(head, train, width);
  const { loss, energy, score: trainScore } = meter.measured();
  const validated = validation && (await evaluation.measured(head, validation));
  const score = validated && scoreOf(validated);
  return {
    tau,
    loss,
    trainScore,
    energy,
    validationScore: score?.value ?? null,
    validationEnergy: validated ? finite(validated.measured().energy) : null,
    ...(score?.contributions ? { contributions: [...score.contributions] } : {}),
    ...(score?.hits ? { hits: score.hits } : {}),
    headNorm: headNorm(kind, head),
    featureNorm: evaluation.featureNorm(train.features),
    headInputNorm,
    pull,
    head,
  };
}

/** What a head scores on the validation features; null without them, or where they have no score. */
export async function validationScoreOf(
  evaluation: ProbeEvaluation,
  { validation }: Pick<MeasureOptions, "validation">,
  head: Weights,
): Promise<number | null> {
  return validation ? (scoreOf(await evaluation.measured(head, validation))?.value ?? null) : null;
}

/** undefined where there is none: of what has no right answer, or of too few. */
function scoreOf(meter: Meter): Score | undefined {
  const score = meter.score();
  return Number.isFinite(score.value) ? score : undefined;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
