import type { Tau, TuneResults } from "@taskhead/core";
import type { FoldsRow, FoldsSummary } from "@taskhead/core/internals";
import { count, formatScore, plural, scoreNumber, significant, tau as tauInWords } from "./format.js";

/** "5-fold cross-validation: accuracy 91.2 % ± 0.8 …", and what was trained on all samples; sentences. */
export function foldsSentences(results: TuneResults): string[] {
  const { folds, metric, data } = results;
  const refit = folds?.refit;
  if (!folds || !refit) return [];
  const { sample, train } = data;
  const { mean, error } = folds.rows[refit.chosen]!;
  const within = refit.low === null ? "" : ` [${formatScore(refit.low, metric)}, ${formatScore(refit.high, metric)}]`;
  const several =
    folds.rows.length > 1 ? ` The start was chosen by the mean over the folds, which flatters it too.` : "";
  return [
    `${folds.count}-fold cross-validation: ${metric.name} ${formatScore(mean, metric)} ± ${scoreNumber(error, metric)} (mean and standard error over folds); ${formatScore(refit.score, metric)}${within} on all ${plural(train.count, sample)}, each as answered by the run that was not trained on it.`,
    `Each run's epoch was chosen on the fold that its score is of, which flatters it a little.${several}`,
    `The exported model was trained on all ${count(train.count)}${howRefitted(results, refit)}. It has no validation score of its own: what is called validation is what the folds' runs said.`,
  ];
}

function howRefitted({ options }: TuneResults, refit: NonNullable<FoldsSummary["refit"]>): string {
  if (refit.learningRate === null) return ", its head alone";
  const why =
    options["schedule"] === "constant" ? "the median of those that folds kept" : "the last, as the rate comes down";
  return ` at the folds' median rate, ${significant(refit.learningRate, 3)}, to epoch ${refit.epochs}, ${why}`;
}

/** The tau of a candidate; where folds found their own, from the lowest to the highest. */
export function tausInWords({ taus }: FoldsRow, show: (tau: Tau) => string = tauInWords): string {
  const all = [...new Set(taus)].sort((a, b) => Number(a) - Number(b));
  return all.length > 1 ? `${show(all[0]!)} to ${show(all.at(-1)!)}` : show(all[0]!);
}
