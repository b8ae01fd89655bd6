import type { Tau, TuneRow } from "@taskhead/core";
import type { BackboneSummary, BestRun, DataSummary, Difference, Metric } from "@taskhead/core/internals";

/**
 * What one `taskhead sweep` found: everything its report shows. Units and `null` are as in `TuneResults`; a score is that of
 * a trial's best epoch on the validation samples.
 */
export interface SweepResults {
  taskheadVersion: string;
  /** ISO 8601 */
  createdAt: string;
  /** the command line that made this sweep */
  command: string;
  backbone: Omit<BackboneSummary, "features" | "width" | "found">;
  data: DataSummary;
  /** what the scores are */
  metric: Metric;
  /** all effective options, defaults included */
  options: Record<string, string | number | boolean | null>;
  seeds: number[];
  /** the epochs after which candidates were compared, the last included; one for a full grid */
  rungs: number[];
  /** in the order of the grid */
  rows: SweepRow[];
  cost: Cost;
  /** null when everything diverged */
  best: SweepBest | null;
}

/** One candidate: a point of the grid, over all seeds. */
export interface SweepRow {
  method: string;
  head: string;
  smoothing: number;
  tau: Tau;
  /** null where nothing is trained after probing */
  learningRate: number | null;
  /** means over the seeds, of the head that fine-tuning starts from */
  probeValidationScore: number;
  energy: number;
  headNorm: number;
  /** `stopped` at a rung, `finished` the last; `diverged` or `collapsed` if any seed did */
  status: "finished" | "stopped" | "diverged" | "collapsed";
  /** the rung that it reached */
  epochs: number;
  /** over the seeds, those that collapsed among them; null if it diverged */
  mean: number | null;
  /** standard deviation over the seeds; null for one seed */
  spread: number | null;
  trials: SweepTrial[];
  /** null for the best itself, and for what diverged */
  againstBest: AgainstBest | null;
}

export interface SweepTrial {
  seed: number;
  bestValidationScore: number | null;
  bestEpoch: number | null;
  diverged: boolean;
  /** worse than probing alone on its own training samples when it ended (as `TuneRow`'s); absent in sweeps before 0.5 */
  collapsed?: boolean;
  /** trained, one that diverged counted whole; 0 where probing was all */
  epochs: number;
  /** after each epoch, or of the probed head */
  validationScores: number[];
  /** `1` or `0` for each validation sample: whether the best epoch got it right */
  hits?: string | null;
  /** what each validation sample adds to the best epoch's score, where no hits say it */
  contributions?: number[] | null;
  /** on the training set, with the mean length of the features before; null of what did not end soundly */
  adaptation?: (Pick<TuneRow, "energy" | "euclidean" | "cosine" | "dot" | "norm"> & { featureNorm: number }) | null;
}

/**
 * The best less this one, both as they stood after `epochs`, the last that this one was trained for: over paired seeds
 * where there are several, else by what is known of the validation samples.
 */
export type AgainstBest = Difference & {
  epochs: number;
  /** whether the 95 % interval holds 0; false where none is known */
  withinNoise: boolean;
};

/** Image-steps are training samples times epochs trained. */
export interface Cost {
  imageSteps: number;
  /** of the same grid without halving */
  fullGrid: number;
}

/** The winner: a row, and of its seeds the one whose model was exported. */
export interface SweepBest extends Omit<BestRun, "tau"> {
  row: number;
  seed: number;
}
