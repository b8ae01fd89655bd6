import { scoreError, type Measurement } from "../measures/intervals.js";
import type { Schedule } from "./schedule.js";

/**
 * Which epoch's weights a run keeps, from 1. At a constant rate that of the highest validation score, the earlier of equals:
 * it moved less. Where the rate comes down, the last that is within one standard error of the highest (the rule of Breiman
 * et al. 1984, for the choice of a tree): late epochs are the better ones there, and few validation samples hardly tell. Of
 * scores whose error is not known it is the last of the highest.
 * @param scores after each epoch, at least one
 */
export function bestEpochOf(scores: readonly number[], schedule: Schedule | undefined, measured: Measurement): number {
  const highest = Math.max(...scores);
  if (!schedule || schedule.kind === "constant") return scores.indexOf(highest) + 1;
  const error = scoreError(highest, measured) ?? 0;
  return scores.findLastIndex((score) => score >= highest - error) + 1;
}
