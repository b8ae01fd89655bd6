import type { Tau } from "../probe/taus.js";

/**
 * What the guide needs to know of one tuning: measures and settings, nothing of where they came from. Accuracies are
 * fractions of the validation images; `null` stands for a number that does not exist.
 */
export interface Evidence {
  classes: number;
  validationImages: number;
  /** mean ‖z_0‖ on the training set */
  featureNorm: number;
  head: "linear" | "mlp";
  /** ε, in head probing */
  smoothing: number;
  /** How many of the backbone's last blocks started afresh. */
  reinitialisedBlocks: number;
  /** Epochs of fine-tuning that were asked for. */
  epochs: number;
  /** Whether the choice was scored on images that no choice has seen. */
  tested: boolean;
  /** How far the features move at rate 0, mean ‖z − z_0‖, when BatchNorm is trained; null where it was frozen. */
  batchNormShift: number | null;
  /** Of the chosen run, on validation, before temperature scaling. */
  calibrationError: number | null;
  /** Ascending in tau. */
  probing: ProbingEvidence[];
  /** Ascending in tau. */
  runs: RunEvidence[];
}

/** The head after tau epochs of probing. */
export interface ProbingEvidence {
  tau: Tau;
  /** On the training set, 0..√2. */
  energy: number;
  accuracy: number;
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
  /** Successive halving ended it before the last epoch; its accuracy is that of a shorter run. */
  stopped: boolean;
  /** Of the best epoch; null if it diverged. */
  accuracy: number | null;
  bestEpoch: number | null;
  /** mean ‖z_T − z_0‖ and mean cos(z_T, z_0) on the training set */
  euclidean: number | null;
  cosine: number | null;
  /** `1` or `0` for each validation image: whether the best epoch got it right; null where that was not kept. */
  hits: string | null;
}
