import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import { isDialled, isOptimum, verdictOf, type BestRun, type MethodName, type Scored } from "@taskhead/core/internals";
import {
  capital,
  formatAmount,
  formatDistance,
  formatInterval,
  isShown,
  NBSP,
  tau,
  tauEquals,
  untilStill,
} from "../../words/format.js";
import { bestProbed, bestProbing, compare, failureOf, reached, scored } from "./runs.js";

/** What a reader who knows none of the method's words should take away. */
export function leadOf(results: TuneResults, best: BestRun): string {
  const { method, rows, probing } = results;
  if (method === "lp")
    return `Only the new head was trained, ${length(best.tau)}; the pretrained network stayed as it came.`;
  const everything = trainedWords[method] ?? "everything";
  const alone = bestProbing(probing);
  const most =
    alone && alone.validationScore! > best.validationScore
      ? "did best of all that train more than the head"
      : "did best";
  const how =
    best.tau === 0
      ? `Training ${everything} at once from a new, random head ${most}`
      : `Training the new head alone${isDialled(best.tau) ? ", " : " "}${length(best.tau)} and then ${everything} ${most}`;
  const rival = rivalOf(rows, best);
  const name =
    best.tau === 0
      ? "preparing the head first"
      : rival && isDialled(rival.tau)
        ? `an energy of ${tau(rival.tau)}`
        : `training ${everything} at once`;
  const against =
    rival === undefined || rival.tau === best.tau
      ? "."
      : failureOf(rival)
        ? `; ${name} ${failureOf(rival)}.`
        : surely(results, best, reached(rival), name);
  const back =
    best.blend === "soup"
      ? " What was exported is the average of that network with others that the search trained."
      : best.blend === "wise-ft"
        ? results.blends?.wiseFt.share === 0
          ? " What was exported is where its training started: the probed head alone."
          : " What was exported lies part of the way back to where its training started."
        : "";
  return how + against + back + (alone ? gainOf(results, best, scored(alone.validationScore, alone)) : "");
}

/** What a method trains with the head, for readers who know none of its words; all of it where nothing is said. */
const trainedWords: Partial<Record<MethodName, string>> = {
  side: "the side network",
  bitfit: "biases and norms",
  lora: "low-rank updates of its linear layers",
  gradual: "block after block",
};

/** What the winner is held against: the random head, or the best of the others where that won or is not among them. */
function rivalOf(rows: TuneRow[], best: BestRun): TuneRow | undefined {
  if (isDialled(best.tau)) return bestProbed(rows.filter((row) => row.tau !== best.tau));
  return best.tau === 0 ? bestProbed(rows) : rows.find((row) => row.tau === 0);
}

function length(value: Tau): string {
  if (isDialled(value)) return `bringing it to an energy of ${tau(value)},`;
  if (isOptimum(value)) return `${untilStill(value)} (${tauEquals(value)})`;
  return `for ${tau(value)}${NBSP}epoch${value === 1 ? "" : "s"} first (${tauEquals(value)})`;
}

/** A lead, and how far it is to be trusted. */
function surely(results: TuneResults, best: BestRun, rival: Scored | null, name: string): string {
  if (rival === null) return ".";
  const { metric } = results;
  const difference = compare(results, best, rival);
  const [lead, interval] = [formatDistance(difference.difference, metric), formatInterval(difference, metric)];
  if (!isShown(difference, metric)) return `. ${capital(name)} got as far (${interval}).`;
  switch (verdictOf(difference)) {
    case "above":
      return `. Its lead of ${lead} over ${name} is more than chance explains (${interval}).`;
    case "unknown":
      return `. Whether its lead of ${lead} over ${name} is chance is not known.`;
    default:
      return `, but its lead of ${lead} over ${name} may be chance (${interval}).`;
  }
}

/** What training more than the head was worth. */
function gainOf(results: TuneResults, best: BestRun, alone: Scored | null): string {
  if (alone === null) return "";
  const { metric } = results;
  const gain = compare(results, best, alone);
  const [distance, interval] = [formatDistance(gain.difference, metric), formatInterval(gain, metric)];
  switch (verdictOf(gain)) {
    case "above":
      return ` Training more than the head was worth it: ${distance} (${interval}).`;
    case "below":
      return ` But the head alone is better, by ${formatAmount(gain, metric)}.`;
    case "level":
      if (gain.difference < 0 && isShown(gain, metric))
        return ` The head alone got further, by ${formatAmount(gain, metric)}, which may be chance.`;
      return ` Against the head alone it makes no measurable difference (${interval}).`;
    case "unknown":
      return ` It is ${distance} ${gain.difference < 0 ? "below" : "above"} the head alone; whether that is chance is not known.`;
  }
}
