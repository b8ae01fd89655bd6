import { theory } from "@taskhead/core";
import type { Findings, TrendMeasure } from "./results.js";

/** The trends that Ren et al. 2023 derive and observe, from a random head about as large as the trained one. */
export const publishedTrends: Record<TrendMeasure, theory.Trend> = {
  euclidean: "grows",
  cosine: "falls",
  dot: "grows, then falls",
  norm: "grows, then falls",
};

export function findingsOf(rows: readonly theory.Row[]): Findings {
  const byEnergy = rows.map((row) => row.mean).sort((a, b) => a.energy - b.energy);
  const trendOf = (measure: TrendMeasure): theory.Trend => theory.trend(byEnergy.map((mean) => mean[measure]));
  const best = rows.reduce((lowest, row) => (error(row) < error(lowest) ? row : lowest));
  const ends = [...new Set([rows[0]!, rows.at(-1)!])].filter((row) => row !== best);
  return {
    trends: { euclidean: trendOf("euclidean"), cosine: trendOf("cosine"), dot: trendOf("dot"), norm: trendOf("norm") },
    best: { tau: best.tau, error: error(best) },
    ends: ends.map((row) => ({ tau: row.tau, error: error(row), worse: worse(row, best) })),
  };
}

function error(row: theory.Row): number {
  return row.mean.finetunedErrorOod;
}

function worse(row: theory.Row, best: theory.Row): number {
  return row.runs.filter((one, seed) => one.finetunedErrorOod > best.runs[seed]!.finetunedErrorOod).length;
}
