import type { Convergence } from "../probe/converge.js";
import type { Dial } from "../probe/dial-ways.js";
import type { Tau } from "../probe/taus.js";
import type { Duplicates } from "../data/duplicates.js";
import type { GroupOverlap } from "../data/group-overlaps.js";
import type { Forecast } from "../explain/forecast.js";
import type { FailedAttempt } from "../finetune/lowering.js";
import type { MethodName } from "../finetune/methods.js";
import type { Precision } from "../finetune/precisions.js";
import type { FrozenPart } from "../finetune/training-setup.js";
import type { Adaptation } from "../measures/adaptation.js";
import type { Lengths } from "../measures/lengths.js";
import type { Calibration } from "../measures/calibration.js";
import type { Difference } from "../measures/intervals.js";
import type { BlockMovement, Moved } from "../explain/layer-movement.js";
import type { DoubtfulLabel } from "../measures/doubtful-labels.js";
import type { HardSample } from "../measures/hardest.js";
import type { Temperature } from "../measures/temperature.js";
import type { Projection } from "../measures/projection.js";
import type { Gap } from "../objectives/gaps.js";
import type { Metric, ObjectiveName } from "../objectives/objective.js";

/**
 * What one tuning found: everything the report shows, and nothing it has to compute from files. Scores are those of the
 * objective (`metric` says which; higher is better), losses are the objective's means, tau counts epochs of head probing
 * (whole ones or fractions), or is an optimum, `converged` or `converged:0`, or the energy that one head was brought to,
 * `energy:0.5`. `null` stands for a number that does not exist: a run that
 * diverged, a class without samples.
 */
export interface TuneResults {
  taskheadVersion: string;
  /** ISO 8601 */
  createdAt: string;
  /** the command line that made this run */
  command: string;
  backbone: BackboneSummary;
  data: DataSummary;
  /** what the scores are */
  metric: Metric;
  /** all effective options, defaults included */
  options: Record<string, string | number | boolean | null>;
  method: MethodName;
  /**
   * With BatchNorm trained: how far the validation features move in an epoch at rate 0, by the batches' statistics alone;
   * null where they are frozen
   */
  batchNormShift: Adaptation | null;
  /** mean ‖z_0‖ on the training set */
  featureNorm: number;
  /** head probing, every tau from 0 to the last */
  probing: ProbingPoint[];
  /** training samples whose label may be wrong; null for several labels and for numbers, of which it is not offered */
  labels: LabelsToCheck | null;
  /** the candidate taus that were fine-tuned, by ascending tau */
  rows: TuneRow[];
  /** weights averaged after the search; null where that was turned off, nothing was trained, or every run diverged */
  blends: Blends | null;
  /** null when every run diverged; one that collapsed only where no other came to an end */
  best: BestRun | null;
  /** of a cross-validation, whose model was trained on all samples; else absent */
  folds?: FoldsSummary;
}

/**
 * What k-fold cross-validation found. All that the results call validation is then what the folds' runs say of samples that
 * they were not trained on.
 */
export interface FoldsSummary {
  count: number;
  /** the candidates, each trained once per fold */
  rows: FoldsRow[];
  /** what was trained on all samples; null where every candidate diverged in some fold */
  refit: {
    /** its place among `rows` */
    chosen: number;
    learningRate: number | null;
    epochs: number;
    /** the strength of the L2 penalty of `converged`, the folds' median; null where there is none */
    penalty: number | null;
    /** of all samples, each as answered by the run that was not trained on it, at the epoch that its fold kept */
    score: number;
    /** its 95 % interval, samples taken as independent; null where it is not known */
    low: number | null;
    high: number | null;
  } | null;
}

/** One candidate over the folds. */
export interface FoldsRow {
  /** fold by fold, as `auto` finds others in each */
  taus: Tau[];
  /** the best epoch's, fold by fold; null where it diverged */
  scores: (number | null)[];
  mean: number | null;
  /** standard error of the mean: the folds' standard deviation / √k; null where one diverged */
  error: number | null;
  learningRates: (number | null)[];
  /** that the folds kept */
  epochs: (number | null)[];
  collapsed: boolean;
}

/** What a run's results say of where it comes from. */
export interface Origin {
  version: string;
  /** The command line, or what stands for it. */
  command: string;
  /** The model file, in words. */
  backbone: string;
  /** All options, as plain values; the settings' unless given. */
  options?: Record<string, string | number | boolean | null>;
}

export interface BackboneSummary {
  file: string;
  /** name of the tensor taken as features z; with reinitialised blocks, the one that they read */
  features: string;
  /** numbers in it per sample (h) */
  width: number;
  parameters: number;
  /** one sentence: how the features were found */
  found: string;
  /** how many of its last blocks started afresh and belong to the head */
  reinitialisedBlocks: number;
}

/** A set of samples. */
export interface SetSummary {
  /** where it came from, in words or as a path; null for a validation set split from the training samples */
  path: string | null;
  count: number;
  /** samples that could not be used */
  skipped: number;
  /** what lay among the samples but was not taken, those of `skipped` too: how many of each kind, by class; absent if nothing */
  leftOut?: { class: string; kinds: Record<string, number> }[];
  /** of training samples that differ in length, such as texts */
  lengths?: Lengths;
}

export interface DataSummary {
  /** what a sample is called, a noun that takes an s: `image`, `text` */
  sample: string;
  objective: ObjectiveName;
  /** what each of the k logits stands for: the classes, the labels, or the numbers */
  outputs: string[];
  train: SetSummary;
  validation: SetSummary;
  test: SetSummary | null;
  /** out-of-distribution sets, which no choice has seen */
  ood: SetSummary[];
  /** outputs that a set says too little of: what cannot be learned, validated or tested */
  gaps: Gap[];
  /** the same sample more than once; null where nothing tells samples apart */
  duplicates: Duplicates | null;
  /** how many groups there are, such as patients, and which of them are in several sets; null where no groups are known */
  groups: { train: number; validation: number; overlaps: GroupOverlap[] } | null;
}

/** The head after tau epochs of probing, the backbone untouched. */
export interface ProbingPoint {
  tau: Tau;
  loss: number | null;
  trainScore: number | null;
  /** E(tau) = mean ‖e_y − p‖ on the training set, 0..√2 */
  energy: number | null;
  validationScore: number | null;
  /** ‖W‖, of the layers behind reinitialised blocks alone */
  headNorm: number | null;
  /** mean ‖z_0‖ on the training set: the same at every tau */
  featureNorm: number | null;
  /** mean ‖x‖ there, x what those layers read: z_0, unless blocks were reinitialised */
  headInputNorm: number | null;
  /** mean_n z_nᵀ (∂q_n/∂z_n)ᵀ r_n on the training set: what draws features out along themselves, in units of the loss */
  pull: number | null;
  /** for an optimum: the penalty, and how far L-BFGS got */
  convergence?: Convergence;
  /** for a head that was brought to an energy: how */
  dial?: Dial;
  /**
   * what each validation sample adds to the score, of objectives without right and wrong; it is enough to keep it where
   * probing was best. Without it there is no interval for what fine-tuning adds to probing alone.
   */
  contributions?: number[] | null;
  /** `1` or `0` for each validation sample, where probing was best; of objectives that know right and wrong */
  hits?: string | null;
}

/**
 * What linear heads say of the labels that they were not trained on, by cross-fitting on z_0: each fold of the training
 * samples is answered by a head from the others, at the optimum with an L2 penalty.
 */
export interface LabelsToCheck {
  folds: number;
  /** of the penalty, in units of the features' mean variance */
  strength: number;
  /** samples that could be judged: all but those that are alone in their class */
  judged: number;
  /** the heads' accuracy on them */
  score: number | null;
  /** mean ‖e_y − p‖₂ on them, 0..√2 */
  energy: number | null;
  /** how many labels they doubt (`doubtfulLabels`) */
  doubted: number;
  /** those of them with the highest EL2N, descending; at most 1000 */
  list: LabelToCheck[];
}

/** A training sample whose label may be wrong. */
export interface LabelToCheck extends DoubtfulLabel {
  /** what people call it, such as the path of its file; null where nothing says so */
  name: string | null;
  /** the class that its label names */
  label: string;
  /** the class that the heads find likeliest */
  predicted: string;
}

/** One fine-tuning run. Measures without a prefix are on the training set. */
export interface TuneRow {
  tau: Tau;
  /** how the head was brought to its energy; null for one as probing left it */
  dial: Dial | null;
  probeLoss: number | null;
  probeTrainScore: number | null;
  probeValidationScore: number | null;
  energy: number | null;
  headNorm: number | null;
  /** of the probed head, as `ProbingPoint` has it */
  pull: number | null;
  /** of fine-tuning; the highest, where it follows a schedule; null where nothing is trained */
  learningRate: number | null;
  /** of the head alone, where it has a rate of its own: as asked, lowered with the rest; null where it has none */
  headLearningRate: number | null;
  /** the runs at higher rates before it, each of which diverged or collapsed; none of a rate that was given */
  lowered: FailedAttempt[];
  /** how far features would move, estimated before; null unless asked for */
  forecast: Forecast | null;
  /** after the last epoch */
  validationScore: number | null;
  bestValidationScore: number | null;
  bestEpoch: number | null;
  /** `1` or `0` for each validation sample: whether the best epoch got it right; null for objectives without right and wrong */
  hits: string | null;
  /** what each validation sample adds to the best epoch's score, their mean; null where `hits` say it */
  contributions: number[] | null;
  /** mean ‖z_T − z_0‖ */
  euclidean: number | null;
  /** mean cos(z_T, z_0) */
  cosine: number | null;
  /** mean z_T·z_0 */
  dot: number | null;
  /** mean ‖z_T‖ */
  norm: number | null;
  /**
   * c = mean ‖z_T − z_0‖ / E, the factor of the bound `euclidean ≤ c·E` that this run needed. It depends on ‖W‖, the kernel,
   * the rate and the duration, and so on tau: a bound with a c for each tau ranks nothing
   */
  boundFactor: number | null;
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
  /**
   * it fits its own training samples worse than probing alone did (`hasCollapsed`), at the lowest rate that was tried; of a run
   * that halving ended: in two epochs in a row by then
   */
  collapsed: boolean;
  /** successive halving ended it before the last epoch */
  stopped: boolean;
  epochs: EpochRow[];
}

/** Scores on one out-of-distribution set, and how far its features moved. */
export interface OodScore {
  /** of the probed head, the backbone untouched */
  probing: number | null;
  /** of the best epoch */
  finetuned: number | null;
  /** standard error of that; null where it is not known; absent in runs of versions before */
  finetunedError?: number | null;
  /** from z_0 to z_T after the last epoch, as on the other sets; null of a run that came to no end */
  adaptation: Adaptation | null;
}

export interface EpochRow {
  epoch: number;
  loss: number | null;
  trainScore: number | null;
  validationScore: number | null;
  /** standard error of that score */
  validationError: number | null;
  validationLoss: number | null;
  /** from z_0, on the validation set */
  adaptation: Adaptation | null;
  /** ‖W‖ */
  headNorm: number | null;
}

/** Averages of weights, each chosen on the validation samples and measured on all sets. */
export interface Blends {
  /** greedy soup; null with fewer than two finished runs, or where blocks started afresh */
  soup: Soup | null;
  wiseFt: WiseFt;
}

/** Scores of one model. */
export interface BlendScores {
  validationScore: number | null;
  testScore: number | null;
  /** for each of the data's `ood` sets */
  ood: (number | null)[];
  /** standard errors of these; null where they are not known; absent in runs of versions before */
  oodErrors?: (number | null)[];
}

/** An average of weights beside the best run alone. */
export interface Blend extends BlendScores {
  /** of the validation samples, as in a run's row */
  hits: string | null;
  contributions: number[] | null;
  /** how far it is above the best run, on the validation samples that chose it */
  ahead: Difference;
}

/** Of the runs of the search, best first, each is in whose weights lower the average's validation score not at all. */
export interface Soup extends Blend {
  /** the best run first */
  of: Pick<TuneRow, "tau" | "learningRate" | "bestEpoch" | "bestValidationScore">[];
  /** how many runs there were to choose from */
  tried: number;
}

/** Between where the best run started and where it came to. */
export interface WiseFt extends Blend {
  /** of the fine-tuned weights, 0..1; 1 is the best run itself */
  share: number;
  /** ascending from share 0, the probed head on the backbone as it was; test and `ood` scores are null where not taken */
  course: (BlendScores & { share: number })[];
}

/** The model chosen on the validation samples. */
export interface BestRun {
  /** of a blend, those of the best run in it */
  tau: Tau;
  epoch: number;
  /** which average of weights it is; null for a run as it was trained */
  blend: "soup" | "wise-ft" | null;
  validationScore: number;
  /** standard error of that; null where it is not known; absent, as the others, in runs of versions before */
  validationError?: number | null;
  testScore: number | null;
  /** standard error of that; null where it is not known, or nothing was tested */
  testError?: number | null;
  /** the same on the test samples that are in no other set; null where that are all, or none */
  unseenTest: { count: number; score: number; error?: number | null } | null;
  /** of classification, in the order of `confusion`; of tagged words types of entities; else null */
  classes: ClassResult[] | null;
  /** of classification, else null: sample counts on the validation set, rows are the true class, columns the predicted one */
  confusion: number[][] | null;
  /** of classification, else null */
  calibration: BestCalibration | null;
  /** of multi-label and regression, else null: each label's or number's own score */
  outputs: OutputResult[] | null;
  /** the same three on the test samples; null without any */
  onTest: Pick<BestRun, "classes" | "confusion" | "outputs"> | null;
  /** the samples that it gets most wrong, the highest loss first: a few */
  hardest: { validation: HardSample[]; test: HardSample[] };
  /** validation features before and after fine-tuning */
  projection: Projection;
  /** of classification, else null: the true class of each sample of the projection */
  projectedClasses: number[] | null;
  /** how far fine-tuning moved the output of each block, on at most 250 samples of a set */
  layers: LayerResult[];
  /** the exported model and its copies */
  files: ExportedFile[];
}

/** How far fine-tuning moved the output of one block, reinitialised ones from where probing left them. */
export interface LayerResult extends Omit<BlockMovement, "moved"> {
  validation: Moved;
  /** for each of the data's `ood` sets */
  ood: Moved[];
}

/** One exported file. */
export interface ExportedFile {
  /** its key, below the run's folder */
  file: string;
  /** how its weights are stored */
  precision: Precision;
  bytes: number;
  validationScore: number;
  /** the operator set that it declares */
  opset: number;
  /** the first ONNX Runtime that takes it; null for one that is newer than what is known here */
  oldestRuntime: string | null;
}

/** One label, or one number, on a set. */
export interface OutputResult {
  name: string;
  /** samples for which it is known */
  measured: number;
  /** its own ROC-AUC or R²; null where it does not exist */
  score: number | null;
  /** of a number: the root of the mean squared error, in the user's unit; else null */
  error: number | null;
}

/** Calibration of the winner, as it is and at the temperature that fits the validation samples best. */
export interface BestCalibration {
  /** with its 95 % interval; null where the validation samples give it no bound, as where all of them are right */
  temperature: Temperature | null;
  /** whether it is worth using: its interval leaves out 1, and on samples that it was not fitted to both measures improve */
  advised: boolean;
  /** after: each sample at the temperature that was fitted to the other folds */
  validation: CalibrationPair;
  test: CalibrationPair | null;
}

export interface CalibrationPair {
  before: Calibration;
  /** null without a temperature */
  after: Calibration | null;
}

export interface ClassResult {
  label: string;
  /** samples of this class */
  support: number;
  correct: number;
  precision: number | null;
  recall: number | null;
}
