import type { Tau, TuneResults } from "@taskhead/core";
import { isDialled, verdictOf, type BestRun, type MethodName } from "@taskhead/core/internals";
import { blendedHow } from "../../words/blends.js";
import { capital, formatDistance, formatInterval, list, plural, scoreNumber, tauEquals } from "../../words/format.js";
import { scoreOn } from "../../words/subject.js";
import type { Comparison } from "./comparisons.js";
import { plusMinus, probed } from "./phrases.js";

/** What the winner is, its score, and how far it is above each baseline. */
export function headlineOf(results: TuneResults, best: BestRun, comparisons: Comparison[]): string {
  const { data, metric } = results;
  const course = courseOf(results.method, best.tau);
  const blended = blendedHow(results);
  const how = blended ? `${course.replace(/,$/, "")}, ${blended},` : course;
  const against = comparisons.flatMap((comparison) => relation(comparison, results) ?? []);
  const end = against.length > 0 ? `: ${list(against)}.` : ".";
  const failed = comparisons.flatMap((one) => (one.failed ? ` ${capital(one.phrase)} ${one.failed}.` : []));
  const samples = plural(data.validation.count, `validation ${data.sample}`);
  const { validationScore: score, validationError: error } = best;
  const within = plusMinus({ score, error, samples: data.validation.count }, results);
  return `${how} gets ${scoreOn(score, samples, { metric }, within)}${end}${failed.join("")}`;
}

/** What follows probing, where it is not fine-tuning as usual. */
const tuningWords: Partial<Record<MethodName, string>> = {
  side: "side-tuning",
  "l2-sp": "fine-tuning held near its start (L2-SP)",
  bitfit: "fine-tuning of biases and norms (BitFit)",
  lora: "fine-tuning by low-rank updates (LoRA)",
  gradual: "gradual unfreezing",
};

function courseOf(method: MethodName, best: Tau): string {
  const probing = isDialled(best) ? capital(probed(best)) : `${capital(probed(best))} (${tauEquals(best)})`;
  if (method === "lp") return `${probing} alone`;
  const tuning = tuningWords[method] ?? "fine-tuning";
  return best === 0
    ? `${capital(tuning)} from a random head (${tauEquals(0)}), without probing it first,`
    : `${probing} and then ${tuning}`;
}

function relation({ phrase, difference }: Comparison, { metric }: TuneResults): string | null {
  if (difference === null) return null;
  const { difference: ahead } = difference;
  const interval = formatInterval(difference, metric);
  if (Number(scoreNumber(Math.abs(ahead), metric)) === 0) return `the same as ${phrase} (${interval})`;
  const doubt = verdictOf(difference) === "level" ? ", which may be chance" : "";
  return `${formatDistance(ahead, metric)} ${ahead > 0 ? "above" : "below"} ${phrase} (${interval}${doubt})`;
}
