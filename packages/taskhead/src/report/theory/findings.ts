import { theory } from "@taskhead/core";
import { hardlyMoved, peakOverSeeds, type Peak } from "@taskhead/core/internals";
import { peakInWords } from "../../words/peak.js";
import type { Findings, TrendMeasure } from "./results.js";

/** The trends of Ren et al. 2023; that they need a random head about as large as the trained one is seen here. */
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
    peaks: { dot: peakOf(rows, "dot"), norm: peakOf(rows, "norm") },
    best: { tau: best.tau, error: error(best) },
    ends: ends.map((row) => ({ tau: row.tau, error: error(row), worse: worse(row, best) })),
  };
}

/** Each task is a seed. Where features hardly moved, as from perfect ones probed to the end, a point says nothing. */
function peakOf(rows: readonly theory.Row[], measure: "dot" | "norm"): Peak<number> {
  const { length: tasks } = rows[0]!.runs;
  return peakOverSeeds(
    Array.from({ length: tasks }, (_, task) =>
      rows.flatMap(({ tau, runs }) => {
        const { energy, euclidean, norm, [measure]: y } = runs[task]!;
        return hardlyMoved(euclidean, norm) ? [] : [{ name: tau, x: energy, y }];
      }),
    ),
  );
}

function error(row: theory.Row): number {
  return row.mean.finetunedErrorOod;
}

function worse(row: theory.Row, best: theory.Row): number {
  return row.runs.filter((one, seed) => one.finetunedErrorOod > best.runs[seed]!.finetunedErrorOod).length;
}

/** Whether dot product and norm have a peak over energy, a sentence each; of what never turns there is nothing to test. */
export function peakSentences({ peaks }: Findings): string[] {
  return (["dot", "norm"] as const).map((measure) => `${measure} ${peakInWords(peaks[measure], "task")}`);
}
