import type { Metric, ObjectiveName } from "../objectives/objective.js";
import type { Tau } from "../probe/taus.js";
import type { Asked } from "./asked.js";

/**
 * What the guide needs to know of one tuning: measures and settings, nothing of where they came from. Scores are those of
 * the validation samples, as `metric` says; `null` stands for a number that does not exist.
 */
export interface Evidence {
  objective: ObjectiveName;
  metric: Metric;
  /** What a sample is called, a noun that takes an s: `image`, `text`. */
  sample: string;
  /** k: classes, labels or numbers. */
  outputs: number;
  validationSamples: number;
  /** mean ‖z_0‖ on the training set */
  featureNorm: number;
  head: "linear" | "mlp";
  /** What probing minimised. */
  probeLoss: "ce" | "mse";
  /** ε, in head probing */
  smoothing: number;
  /** How many of the backbone's last blocks started afresh. */
  reinitialisedBlocks: number;
  /** Whether a step of fine-tuning grows with the head: one of sgd that nothing clips. */
  growingSteps: boolean;
  /** Epochs of fine-tuning that were asked for. */
  epochs: number;
  asked: Asked;
  /** Taus that folds compared, of which the best one's run alone is left; empty where there were no folds. */
  compared: readonly Tau[];
  /** What the choice was scored on once; null where there was nothing. */
  test: TestEvidence | null;
  /** How far the features move at rate 0, mean ‖z − z_0‖, when BatchNorm is trained; null where it was frozen. */
  batchNormShift: number | null;
  /** Of the chosen run; null where no temperature is worth using, or there are no classes. */
  temperature: TemperatureEvidence | null;
  /** The average of weights that was exported in the best run's place, as it scores on validation; null for the run itself. */
  exported: { blend: "soup" | "wise-ft"; score: number } | null;
  /** Ascending in tau. */
  probing: ProbingEvidence[];
  /** Ascending in tau; none where only the head was trained. */
  runs: RunEvidence[];
}

export interface TestEvidence {
  samples: number;
  /** Those of them that are in the training or validation set too. */
  seen: number;
}

/** A temperature that measurably improves the chosen run's probabilities. */
export interface TemperatureEvidence {
  value: number;
  /** 95 % */
  low: number;
  high: number;
  /** Expected calibration error on validation, as trained, and at temperatures fitted to other samples. */
  before: number;
  after: number;
}

/** The head after tau epochs of probing. */
export interface ProbingEvidence {
  tau: Tau;
  /** On the training set, 0..√2. */
  energy: number;
  score: number;
  /** The three that versions before did not record: on the training set, ‖W‖, and pull. */
  trainScore: number | null;
  headNorm: number | null;
  pull: number | null;
  /** As in `RunEvidence`; kept where probing was best. */
  hits: string | null;
  contributions: readonly number[] | null;
}

/** Fine-tuning from the head of one tau. */
export interface RunEvidence {
  tau: Tau;
  /** Of the head it started from. */
  energy: number;
  headNorm: number;
  /** null where it was not recorded */
  learningRate: number | null;
  diverged: boolean;
  /** It ended worse on its own training samples than probing alone: no fine-tuning that anything can be learned from. */
  collapsed: boolean;
  /** Of the best epoch; null if it diverged. */
  score: number | null;
  bestEpoch: number | null;
  /** mean ‖z_T − z_0‖ and mean cos(z_T, z_0) on the training set */
  euclidean: number | null;
  cosine: number | null;
  /** mean z_Tᵀz_0 and mean ‖z_T‖ there */
  dot: number | null;
  norm: number | null;
  /** `1` or `0` for each validation sample: whether the best epoch got it right; null where that was not kept. */
  hits: string | null;
  /** What each validation sample adds to the score, their mean; null where `hits` say it, or it was not kept. */
  contributions: readonly number[] | null;
}
