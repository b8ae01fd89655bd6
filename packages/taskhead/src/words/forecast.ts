import type { TuneResults } from "@taskhead/core";
import { scoreForecasts } from "@taskhead/core/internals";
import { fixed, plural } from "./format.js";

/** How well the forecast ranked the runs, in one sentence; null without one to judge. */
export function forecastSentence({ rows }: TuneResults): string | null {
  if (rows.every((row) => row.forecast === null)) return null;
  const score = scoreForecasts(
    rows.flatMap(({ energy, euclidean, forecast }) =>
      forecast && energy !== null ? [{ energy, euclidean, forecast: forecast.euclidean }] : [],
    ),
  );
  if (score.forecast === null) return "Too few runs came to an end to judge the forecast by.";
  return `The forecast's rank correlation with how far the features then moved is ${fixed(score.forecast, 2)} over ${plural(score.runs, "run")}; that of energy alone is ${fixed(score.energy, 2)}.`;
}
