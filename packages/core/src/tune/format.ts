import type { Metric } from "../objectives/objective.js";

/** A score as progress tells it: `71.3 %`, `0.873`; a dash where there is none. */
export function formatScore(score: number | null, { percent }: Metric): string {
  if (score === null || !Number.isFinite(score)) return "–";
  return percent ? `${(100 * score).toFixed(1)} %` : score.toFixed(3);
}
