import type { TuneResults, TuneRow } from "../report/index.js";

/** One sentence on what a run shows: the best tau against none and the longest probing, and whether chance explains it. */
export function verdict({ rows, data, best }: TuneResults): string {
  const finished = rows.filter((row) => row.bestValidationAccuracy !== null);
  const winner = finished.find((row) => row.tau === best?.tau);
  const [first, last] = [finished[0], finished.at(-1)];
  if (!winner || !first || !last) return "Every run diverged: nothing can be said.";
  const n = data.validation.images;
  const percent = (row: TuneRow): string => `${(100 * row.bestValidationAccuracy!).toFixed(1)} %`;
  const others = [first, last].filter((row) => row !== winner);
  const against = others.map((row) => `${percent(row)} from tau ${row.tau}`).join(" and ");
  const lead = Math.max(...others.map((row) => winner.bestValidationAccuracy! - row.bestValidationAccuracy!), 0);
  const p = winner.bestValidationAccuracy!;
  // The binomial standard error of a difference of two accuracies on n images.
  const error = Math.sqrt((2 * p * (1 - p)) / n);
  const weight = lead > 2 * error ? "more than" : "within";
  return `Fine-tuning from tau ${winner.tau} reached ${percent(winner)} on ${n} validation images, against ${against}; the largest difference is ${weight} two standard errors (${(200 * error).toFixed(1)} points).`;
}
