import type {
  Adaptation,
  Calibration,
  Convergence,
  Forecast,
  FrozenPart,
  MethodName,
  Projection,
  Tau,
} from "@taskhead/core";

/**
 * What one `taskhead tune` run found: everything the report shows, and nothing it has to compute from files.
 * Accuracies are fractions in 0..1, losses are mean cross-entropies in nats, tau counts epochs of head
 * probing (whole ones or fractions) or is `converged`, the optimum.
 * `null` stands for a number that does not exist: a run that diverged, a class without images.
 */
export interface TuneResults {
  taskheadVersion: string;
  /** ISO 8601 */
  createdAt: string;
  /** the command line that made this run */
  command: string;
  backbone: BackboneSummary;
  data: DataSummary;
  /** all effective options, defaults included */
  options: Record<string, string | number | boolean | null>;
  method: MethodName;
  /**
   * With BatchNorm trained: how far the validation features move in an epoch at rate 0, by the batches' statistics alone;
   * null where they are frozen
   */
  batchNormShift: Adaptation | null;
  /** mean ‖z_0‖ on the training set; where blocks were reinitialised, that of the longest-probed candidate */
  featureNorm: number;
  /** head probing, every tau from 0 to the last */
  probing: ProbingPoint[];
  /** the candidate taus that were fine-tuned, by ascending tau; of two rates the better one */
  rows: TuneRow[];
  /** the runs at the other rates, where several were tried */
  otherRates: TuneRow[];
  /** null when every run diverged */
  best: BestRun | null;
}

export interface BackboneSummary {
  file: string;
  /** name of the tensor taken as features */
  features: string;
  /** features per sample (h) */
  width: number;
  parameters: number;
  /** one sentence: how the features were found */
  found: string;
  /** how many of its last blocks started afresh and were probed with the head */
  reinitialisedBlocks: number;
}

export interface ImageSet {
  path: string;
  images: number;
  skipped: number;
}

export interface DataSummary {
  train: ImageSet;
  /** path null: split from the training images */
  validation: { path: string | null; images: number; skipped: number };
  test: ImageSet | null;
  /** out-of-distribution sets, which no choice has seen */
  ood: ImageSet[];
  classes: string[];
}

/** The head after tau epochs of probing, the backbone untouched. */
export interface ProbingPoint {
  tau: Tau;
  loss: number | null;
  trainAccuracy: number | null;
  /** E(tau) = mean ‖e_y − p‖ on the training set, 0..√2 */
  energy: number | null;
  validationAccuracy: number | null;
  /** ‖W‖ */
  headNorm: number | null;
  /** mean ‖z‖ on the training set: constant, unless blocks were reinitialised */
  featureNorm: number | null;
  /** how far L-BFGS got, for tau = `converged` */
  convergence?: Convergence;
}

/** One fine-tuning run. Measures without a prefix are on the training set. */
export interface TuneRow {
  tau: Tau;
  probeLoss: number | null;
  probeTrainAccuracy: number | null;
  probeValidationAccuracy: number | null;
  energy: number | null;
  headNorm: number | null;
  /** of fine-tuning; the highest, where it follows a schedule; null where nothing is trained */
  learningRate: number | null;
  /** how far features would move, estimated before; null unless asked for */
  forecast: Forecast | null;
  /** after the last epoch */
  validationAccuracy: number | null;
  bestValidationAccuracy: number | null;
  bestEpoch: number | null;
  /** `1` or `0` for each validation image: whether the best epoch got it right */
  hits: string | null;
  /** mean ‖z_T − z_0‖ */
  euclidean: number | null;
  /** mean cos(z_T, z_0) */
  cosine: number | null;
  /** mean z_T·z_0 */
  dot: number | null;
  /** mean ‖z_T‖ */
  norm: number | null;
  /** ‖mean Δz‖ / mean ‖Δz‖, 0..1 */
  coherence: number | null;
  validationEuclidean: number | null;
  validationCosine: number | null;
  validationDot: number | null;
  validationNorm: number | null;
  validationCoherence: number | null;
  /** the base's share in the features of side-tuning, 0..1 */
  alpha: number | null;
  /** what nothing trained lies below, and whether it was computed once */
  frozen: FrozenPart | null;
  /** for each of the data's `ood` sets */
  ood: OodScore[];
  seconds: number | null;
  diverged: boolean;
  /** successive halving ended it before the last epoch */
  stopped: boolean;
  epochs: EpochMetrics[];
}

/** Accuracies on one out-of-distribution set. */
export interface OodScore {
  /** of the probed head, the backbone untouched */
  probing: number | null;
  /** of the best epoch */
  finetuned: number | null;
}

export interface EpochMetrics {
  epoch: number;
  loss: number | null;
  trainAccuracy: number | null;
  validationAccuracy: number | null;
  validationLoss: number | null;
  /** from z_0, on the validation set */
  adaptation: Adaptation | null;
  /** ‖W‖ */
  headNorm: number | null;
}

/** The run chosen on the validation images. */
export interface BestRun {
  tau: Tau;
  epoch: number;
  validationAccuracy: number;
  testAccuracy: number | null;
  /** in the order of `confusion` */
  classes: ClassResult[];
  /** image counts on the validation set: rows are the true class, columns the predicted one */
  confusion: number[][];
  calibration: BestCalibration;
  /** validation features before and after fine-tuning */
  projection: Projection;
  /** the true class of each sample of the projection */
  projectedClasses: number[];
}

/** Calibration of the winner, as it is and at the temperature that fits the validation images best. */
export interface BestCalibration {
  temperature: number;
  validation: CalibrationPair;
  test: CalibrationPair | null;
}

export interface CalibrationPair {
  before: Calibration;
  after: Calibration;
}

export interface ClassResult {
  label: string;
  /** validation images of this class */
  support: number;
  correct: number;
  precision: number | null;
  recall: number | null;
}
