import type { Tau } from "@taskhead/core";
import { isDialled, isOptimum, type Peak, peakOverEnergy, type Verdict, verdictOf } from "@taskhead/core/internals";
import {
  capital,
  count,
  finite,
  formatDistance,
  formatInterval,
  NBSP,
  percent,
  plural,
  short,
  tau,
  tauEquals,
  untilStill,
} from "../../words/format.js";
import { peakInWords } from "../../words/peak.js";
import { quotedOf } from "../../words/quoted.js";
import { named, scoreOn } from "../../words/subject.js";
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

/** How good the exported model is, by the test samples where there are any. */
export function titleOf(results: SweepResults): string {
  const { best, data } = results;
  if (best === null) return "Every candidate diverged";
  const { score, samples } = quotedOf(best, data);
  return capital(scoreOn(score, samples, results));
}

/** Which candidate won, by how much and how surely, for a reader who knows none of the method's words. */
export function leadOf(results: SweepResults): string {
  const { best, rows, seeds } = results;
  if (best === null)
    return "Training went out of bounds from every candidate: lower learning rates are the first thing to try.";
  const winner = rows[best.row]!;
  const over = seeds.length > 1 ? `, mean over ${plural(seeds.length, "seed")}` : "";
  const own = `${courseOf(winner)} did best: ${named(winner.mean, results)} on validation${over}`;
  return `${own}. ${againstRival(results, winner)}${company(results, winner)}`;
}

function courseOf({ tau: value, learningRate }: SweepRow): string {
  const first =
    value === 0
      ? `Training everything at once from a new, random head (${tauEquals(0)})`
      : isDialled(value)
        ? `Training the new head alone, bringing it to an energy of ${tau(value)}`
        : isOptimum(value)
          ? `Training the new head alone ${untilStill(value)} (${tauEquals(value)})`
          : `Training the new head alone for ${tau(value)}${NBSP}epoch${value === 1 ? "" : "s"} first (${tauEquals(value)})`;
  if (learningRate === null) return `${first}, and nothing else,`;
  return `${first}${value === 0 ? "" : " and then everything"}, at rate ${short(learningRate)},`;
}

/** The winner against the best candidate that went the other way: without preparation, or with it. */
function againstRival({ rows, metric }: SweepResults, winner: SweepRow): string {
  const others = rows.filter((row) => (winner.tau === 0 ? row.tau !== 0 : row.tau === 0) && row.againstBest);
  const [rival] = others.toSorted((a, b) => b.epochs - a.epochs || b.mean! - a.mean!);
  if (!rival?.againstBest) return "";
  const name =
    winner.tau === 0 ? "the best candidate that prepares the head first" : "the best that trains everything at once";
  const lead = `Its lead over ${name} is ${formatDistance(rival.againstBest.difference, metric)}`;
  const interval = formatInterval(rival.againstBest, metric);
  const verdict = verdictOf(rival.againstBest);
  if (verdict === "level") return `${lead}, which may be chance (${interval}). `;
  return verdict === "unknown"
    ? `${lead}; whether that is chance is not known. `
    : `${lead}, more than chance explains (${interval}). `;
}

/** Those that are as good as far as can be told. */
function company({ rows }: SweepResults, winner: SweepRow): string {
  const equals = rows.filter((row) => row !== winner && row.status === "finished" && row.againstBest?.withinNoise);
  if (equals.length === 0) return "";
  const shown = equals.slice(0, 4).map((row) => nameOf(row, rows));
  const more = equals.length - shown.length;
  return `As good as far as can be told: ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join("; ")}.`;
}

/** A candidate by what tells it from the others: "τ = 4, rate 0.001, mlp head". */
export function nameOf(row: SweepRow, rows: readonly SweepRow[]): string {
  const varies = (of: (one: SweepRow) => unknown): boolean => new Set(rows.map(of)).size > 1;
  return [
    tauEquals(row.tau),
    finite(row.learningRate) !== null && varies((one) => one.learningRate) ? `rate ${short(row.learningRate)}` : "",
    varies((one) => one.method) ? row.method : "",
    varies((one) => one.head) ? `${row.head} head` : "",
    varies((one) => one.smoothing) ? `smoothing ${row.smoothing}` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * Whether dot product and length first grow with energy, then fall, a sentence for each way to train of which at least three
 * taus ended soundly.
 */
export function peakSentences({ rows }: Pick<SweepResults, "rows">): string[] {
  const finished = rows.filter(({ status, learningRate }) => status === "finished" && learningRate !== null);
  const wayOf = ({ method, head, smoothing, learningRate }: SweepRow): string =>
    [method, head, smoothing, learningRate].join();
  return [...new Set(finished.map(wayOf))].flatMap((way) => {
    const own = finished.filter((row) => wayOf(row) === way);
    if (own.length < 3 || own.some(({ trials }) => trials.some(({ adaptation }) => !adaptation))) return [];
    const name = nameOf(own[0]!, rows).split(", ").slice(1).join(", ");
    const [dot, norm] = [peakOf(own, "dot"), peakOf(own, "norm")].map((peak) => peakInWords(peak));
    return [`As energy grows${name ? ` (${name})` : ""}, the dot product ${dot}; the length of features ${norm}.`];
  });
}

/** Seed by seed, a point for each tau. */
function peakOf(rows: readonly SweepRow[], measure: "dot" | "norm"): Peak<Tau> {
  return peakOverEnergy(
    rows[0]!.trials.map(({ adaptation: first }, seed) => ({
      featureNorm: first!.featureNorm,
      runs: rows.map(({ tau: name, trials }) => {
        const { diverged, collapsed = false, adaptation } = trials[seed]!;
        return { tau: name, ...adaptation!, value: adaptation![measure], diverged, collapsed, stopped: false };
      }),
    })),
  );
}

export function shareOfFullGrid({ cost, data: { sample } }: SweepResults): string {
  const share = cost.fullGrid === 0 ? 1 : cost.imageSteps / cost.fullGrid;
  return `Fine-tuning took ${count(cost.imageSteps)} ${sample}-steps (${sample}s × epochs), ${percent(share)} of the full grid's ${count(cost.fullGrid)}`;
}

export function standingOf(row: SweepRow, winner: SweepRow | undefined): string {
  if (row === winner) return ["best", failureOf(row)].filter(Boolean).join(", ");
  const end = row.status === "stopped" ? `stopped at epoch ${row.epochs}` : failureOf(row);
  const noise = row.againstBest ? noises[verdictOf(row.againstBest)] : "";
  return [noise, end].filter(Boolean).join(", ");
}

const noises: Record<Verdict, string> = {
  level: "within the noise",
  above: "",
  below: "",
  unknown: "noise not known",
};

/** "diverged in epoch 3 (1 of 3 seeds)", "collapsed (2 of 3 seeds)"; empty for what did neither */
export function failureOf({ status, trials }: SweepRow): string {
  if (status !== "diverged" && status !== "collapsed") return "";
  const lost = trials.filter((trial) => trial[status]);
  const place = status === "diverged" ? ` in epoch ${Math.min(...lost.map((trial) => trial.epochs))}` : "";
  return `${status}${place}${trials.length > 1 ? ` (${lost.length} of ${trials.length} seeds)` : ""}`;
}
