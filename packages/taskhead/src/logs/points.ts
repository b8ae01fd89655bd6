import { isOptimum, type Metric, type ProbingPoint, type Tau, type Trace } from "@taskhead/core/internals";
import type { LoggedPoint } from "./logged-run.js";

/** Numbers by name, of which some may not exist. */
type Measured = Readonly<Record<string, number | null | undefined>>;

/** A metric's name as a part of a curve's: `accuracy`, `mean_roc_auc`, `r2`. */
function slug({ name }: Pick<Metric, "name">): string {
  const plain = name.normalize("NFKD").toLowerCase();
  return plain.replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "");
}

/** The curves of a fine-tuning: every step, and every epoch at its last step. */
export function trainingPoints({ began, perEpoch, steps, epochs }: Trace, metric: Metric): LoggedPoint[] {
  const score = slug(metric);
  const points: LoggedPoint[] = [];
  let time = began;
  for (const [i, { loss, learningRate, gradientNorm, seconds }] of steps.entries()) {
    const step = i + 1;
    if (Number.isFinite(seconds)) time = began + 1000 * seconds;
    points.push(pointOf(step, time, { "train/loss": loss, "train/learning_rate": learningRate, "train/gradient_norm": gradientNorm })); // prettier-ignore
    const row = step % perEpoch === 0 ? epochs[step / perEpoch - 1] : undefined;
    if (!row) continue;
    points.push(
      pointOf(step, time, {
        epoch: row.epoch,
        "train/epoch_loss": row.loss,
        [`train/${score}`]: row.trainScore,
        "validation/loss": row.validationLoss,
        [`validation/${score}`]: row.validationScore,
        ...movement("validation", row.adaptation),
        head_norm: row.headNorm,
      }),
    );
  }
  // Of steps that are not known, for a run that began without them, nothing is left.
  return points.filter(({ values }) => Object.keys(values).length > 0);
}

/** What is known of a fine-tuning once it is over. */
export interface Outcome extends Partial<
  Readonly<Record<"energy" | "headNorm" | "euclidean" | "cosine" | "dot" | "norm", number | null>>
> {
  // prettier-ignore
  /** Of the probed head. */
  readonly probeValidationScore?: number | null;
  readonly bestValidationScore: number | null;
  readonly bestEpoch: number | null;
  /** Of what was exported, if it is this one. */
  readonly testScore?: number | null;
  /** On sets from elsewhere. */
  readonly oodScores?: readonly (number | null)[];
}

/** Where a fine-tuning started, how far it moved the features, and what it is worth: at its last step. */
export function outcomePoint(
  outcome: Outcome,
  metric: Metric,
  { step, time }: Omit<LoggedPoint, "values">,
): LoggedPoint {
  const score = slug(metric);
  return pointOf(step, time, {
    "start/energy": outcome.energy,
    "start/head_norm": outcome.headNorm,
    [`start/validation_${score}`]: outcome.probeValidationScore,
    ...movement("train", outcome),
    [`best/validation_${score}`]: outcome.bestValidationScore,
    "best/epoch": outcome.bestEpoch,
    [`test/${score}`]: outcome.testScore,
    ...Object.fromEntries((outcome.oodScores ?? []).map((value, i) => [`ood_${i + 1}/${score}`, value])),
  });
}

/** Steps of the curves of probing in an epoch, as a step is whole and taus are not. */
const perTau = 1000;

/** A probing as runs by name: the curve over taus, and each optimum, which has no tau, as a point at its end. */
export function probingCurves(
  stops: readonly ProbingPoint[],
  metric: Metric,
  time: number,
): { tau: Tau | null; points: LoggedPoint[] }[] {
  const score = slug(metric);
  const numbered = stops.flatMap(({ tau }) => (typeof tau === "number" ? [tau] : []));
  const last = Math.max(0, ...numbered);
  const point = (stop: ProbingPoint): LoggedPoint => {
    const tau = typeof stop.tau === "number" ? stop.tau : null;
    return pointOf(Math.round(perTau * (tau ?? last)), time, {
      "probing/tau": tau,
      "probing/loss": stop.loss,
      "probing/energy": stop.energy,
      [`probing/train_${score}`]: stop.trainScore,
      [`probing/validation_${score}`]: stop.validationScore,
      "probing/head_norm": stop.headNorm,
    });
  };
  const curve = stops.filter(({ tau }) => typeof tau === "number").map(point);
  return [
    { tau: null, points: curve },
    ...stops.filter(({ tau }) => isOptimum(tau)).map((stop) => ({ tau: stop.tau, points: [point(stop)] })),
  ];
}

/** How far features moved. */
function movement(
  set: "train" | "validation",
  moved: Partial<Readonly<Record<"euclidean" | "cosine" | "dot" | "norm", number | null>>> | null,
): Measured {
  const names = ["euclidean", "cosine", "dot", "norm"] as const;
  return Object.fromEntries(names.map((name) => [`${set}/feature_${name}`, moved?.[name]]));
}

function pointOf(step: number, time: number, values: Measured): LoggedPoint {
  const finite = Object.entries(values).flatMap(([name, value]) => (Number.isFinite(value) ? [[name, value!]] : []));
  return { step, time, values: Object.fromEntries(finite) as Record<string, number> };
}
