import type { SweepTrial } from "../report/sweep/index.js";
import type { Trial } from "./trial.js";
import type { Workbench } from "./workbench.js";

/** Trains a trial of a sweep on to an epoch, from where it stands. */
export type RunSweepTrial = (trial: Trial, epochs: number) => Promise<SweepTrial>;

/** @param quiet for trials that are too many to show each by its steps */
export async function runTrial(bench: Workbench, trial: Trial, until: number, quiet = true): Promise<SweepTrial> {
  const row = await bench.run(trial, until, quiet);
  const { energy, euclidean, cosine, dot, norm } = row;
  const { featureNorm } = await bench.stop(trial);
  const scores = row.epochs.map((epoch) => epoch.validationScore!);
  return {
    seed: trial.seed,
    bestValidationScore: row.bestValidationScore,
    bestEpoch: row.bestEpoch,
    diverged: row.diverged,
    collapsed: row.collapsed,
    epochs: row.epochs.length + (row.diverged ? 1 : 0),
    validationScores: bench.trains(trial.group) ? scores : [row.validationScore!],
    hits: row.hits,
    contributions: row.contributions,
    adaptation: row.euclidean === null ? null : { energy, euclidean, cosine, dot, norm, featureNorm },
  };
}
