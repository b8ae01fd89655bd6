import { type Verdict, verdictOf } from "@taskhead/core/internals";
import { capital, count, percent, tauEquals } from "../../words/format.js";
import { named } from "../../words/subject.js";
import type { SweepResults, SweepRow } from "./results.js";

/** What a sweep found, in plain words. */

export function headlineOf({ rows, best, metric }: SweepResults): string {
  if (best === null) return "Every candidate diverged";
  const { mean, tau } = rows[best.row]!;
  const equals = rows.filter((row) => row.status === "finished" && row.againstBest?.withinNoise).length;
  const others =
    equals === 0 ? "no other finished candidate" : `${equals} other finished candidate${equals === 1 ? "" : "s"}`;
  return `${capital(named(mean, { metric }))} from ${tauEquals(tau)}; ${others} within the noise`;
}

export function shareOfFullGrid({ cost, data: { sample } }: SweepResults): string {
  const share = cost.fullGrid === 0 ? 1 : cost.imageSteps / cost.fullGrid;
  return `Fine-tuning took ${count(cost.imageSteps)} ${sample}-steps (${sample}s × epochs), ${percent(share)} of the full grid's ${count(cost.fullGrid)}`;
}

export function standingOf(row: SweepRow, winner: SweepRow | undefined): string {
  if (row === winner) return "best";
  const end =
    row.status === "stopped" ? `stopped at epoch ${row.epochs}` : row.status === "diverged" ? divergence(row) : "";
  const noise = row.againstBest ? noises[verdictOf(row.againstBest)] : "";
  return [noise, end].filter(Boolean).join(", ");
}

const noises: Record<Verdict, string> = {
  level: "within the noise",
  above: "",
  below: "",
  unknown: "noise not known",
};

/** "diverged in epoch 3 (1 of 3 seeds)" */
export function divergence({ trials }: SweepRow): string {
  const lost = trials.filter((trial) => trial.diverged);
  const epoch = Math.min(...lost.map((trial) => trial.epochs));
  return `diverged in epoch ${epoch}${trials.length > 1 ? ` (${lost.length} of ${trials.length} seeds)` : ""}`;
}
