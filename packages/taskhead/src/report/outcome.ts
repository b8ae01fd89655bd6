import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import {
  type BestRun,
  compareScores,
  compareTaus,
  type Difference,
  isDialled,
  isOptimum,
  type MethodName,
  type OodScore,
  type ProbingPoint,
  type Scored,
  scoreError,
  verdictOf,
} from "@taskhead/core/internals";
import {
  NBSP,
  capital,
  finite,
  formatAmount,
  formatDistance,
  formatInterval,
  formatScore,
  isShown,
  list,
  plural,
  scoreNumber,
  short,
  tau,
  tauEquals,
  tauNoun,
  tauSymbol,
  untilStill,
} from "../words/format.js";
import { stepsGrow } from "../results/evidence.js";
import { aheadInWords, blendedHow, exportedBlend } from "../words/blends.js";
import { quotedOf } from "../words/quoted.js";
import { named, scoreOn } from "../words/subject.js";

/** The winner against one baseline. */
export interface Comparison {
  name: string;
  /** the baseline in the middle of a sentence */
  phrase: string;
  score: number | null;
  /** how it failed: it is then no measure of the winner */
  failed: "diverged" | "collapsed" | null;
  /** how far the winner is above it; null without a score */
  difference: Difference | null;
}

export interface Outcome {
  /** how good the winner is, by the test samples where there are any */
  title: string;
  /** which preparation won, by how much and how surely, in plain words */
  lead: string;
  /** the same with all of its numbers */
  headline: string;
  comparisons: Comparison[];
  /** what the reader should know before trusting the numbers */
  caveats: string[];
}

/** The outcome of a run in words and numbers, computed from the results alone. */
export function outcomeOf(results: TuneResults): Outcome {
  const { best } = results;
  if (best === null) return failedOutcome(results);
  const comparisons = comparisonsOf(results, best);
  return {
    title: titleOf(results, best),
    lead: leadOf(results, best),
    headline: headlineOf(results, best, comparisons),
    comparisons,
    caveats: caveatsOf(results, best),
  };
}

function failedOutcome(results: TuneResults): Outcome {
  return {
    title: "Every fine-tuning run diverged",
    lead: "Training went out of bounds, whatever the head was like before: a lower learning rate is the first thing to try.",
    headline: `Fine-tuning from ${tauEquals(...results.rows.map((row) => row.tau))} gave no finite result.`,
    comparisons: [],
    caveats: [],
  };
}

/** "80.1 % of 300 test images right", "R² 0.712 on 300 test molecules" */
function titleOf(results: TuneResults, best: BestRun): string {
  const { data } = results;
  const { score, samples } = quotedOf(best, data);
  return capital(scoreOn(score, samples, results));
}

/** What a reader who knows none of the method's words should take away. */
function leadOf(results: TuneResults, best: BestRun): string {
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

/** "4 epochs of head probing", "head probing to convergence". */
function probed(value: Tau, probing = "head probing"): string {
  if (isDialled(value)) return `${probing} to an energy of ${tau(value)}`;
  if (isOptimum(value)) return `${probing} to convergence${value === "converged" ? "" : ", without a penalty"}`;
  return `${tau(value)}${NBSP}epoch${value === 1 ? "" : "s"} of ${probing}`;
}

function comparisonsOf(results: TuneResults, best: BestRun): Comparison[] {
  const comparisons: Comparison[] = [];
  const add = (name: string, phrase: string, baseline: Scored | null, failed: Comparison["failed"] = null): void => {
    const difference = baseline && !failed ? compare(results, best, baseline) : null;
    comparisons.push({ name, phrase, score: baseline && baseline.score, failed, difference });
  };
  const probing = bestProbing(results.probing);
  if (probing !== null)
    add(
      `Head probing alone, backbone frozen (at its best, ${tauEquals(probing.tau)})`,
      "head probing alone",
      scored(probing.validationScore, probing),
    );
  const blend = exportedBlend(results);
  const run = results.blends?.wiseFt.course.at(-1);
  if (blend && run)
    comparisons.push({
      name: `The best run alone, its weights not averaged (${tauEquals(best.tau)})`,
      phrase: "the best run alone",
      score: run.validationScore,
      failed: null,
      difference: blend.ahead,
    });
  const first = results.rows.find((row) => row.tau === 0);
  if (first && best.tau !== 0)
    add(
      `Fine-tuning from a random head (${tauEquals(0)})`,
      "fine-tuning from a random head",
      reached(first),
      failureOf(first),
    );
  if (isDialled(best.tau)) {
    const [high, low] = [results.rows[0]!, results.rows.at(-1)!];
    for (const [row, which] of [
      [high, "highest"],
      [low, "lowest"],
    ] as const)
      if (row.tau !== best.tau)
        add(
          `Fine-tuning from the ${which} energy (${tauEquals(row.tau)})`,
          `fine-tuning from the ${which} energy`,
          reached(row),
          failureOf(row),
        );
    return comparisons;
  }
  const last = longest(results.rows);
  if (last && last.tau !== best.tau && last.tau !== 0)
    add(
      `Fine-tuning after the longest probing (${tauEquals(last.tau)})`,
      `fine-tuning after ${probed(last.tau, "probing")}`,
      reached(last),
      failureOf(last),
    );
  return comparisons;
}

/** How far the winner is above another, both on the validation samples. */
function compare(results: TuneResults, best: BestRun, other: Scored): Difference {
  const winner = { ...(exportedBlend(results) ?? reached(winnerOf(results, best))), score: best.validationScore };
  return compareScores(winner, other, { metric: results.metric, samples: results.data.validation.count });
}

/** Probing gets the same favour as fine-tuning, its best moment on the validation images. */
export function bestProbing(probing: ProbingPoint[]): ProbingPoint | null {
  const scored = probing.filter((point) => finite(point.validationScore) !== null);
  return scored.reduce<ProbingPoint | null>(
    (best, point) => (best === null || point.validationScore! > best.validationScore! ? point : best),
    null,
  );
}

function failureOf({ diverged, collapsed }: TuneRow): Comparison["failed"] {
  return diverged ? "diverged" : collapsed ? "collapsed" : null;
}

/** The best epoch of a run, sample by sample where that was kept. */
function reached(row: TuneRow | undefined): Scored | null {
  return row ? scored(row.bestValidationScore, row) : null;
}

function scored(score: number | null, { hits, contributions }: Omit<Scored, "score">): Scored | null {
  return finite(score) === null ? null : { score: score!, hits, contributions };
}

/** Of the runs with a probed head the best that was trained to the end; the longest-probed where none was. */
function bestProbed(rows: TuneRow[]): TuneRow | undefined {
  const finished = rows.filter((row) => row.tau !== 0 && !failureOf(row));
  if (finished.length === 0) return longest(rows);
  return finished.reduce((a, b) => (b.bestValidationScore! > a.bestValidationScore! ? b : a));
}

function longest(rows: TuneRow[]): TuneRow | undefined {
  return rows.reduce<TuneRow | undefined>(
    (last, row) => (last && compareTaus(last.tau, row.tau) >= 0 ? last : row),
    undefined,
  );
}

function headlineOf(results: TuneResults, best: BestRun, comparisons: Comparison[]): string {
  const { data, metric } = results;
  const course = courseOf(results.method, best.tau);
  const blended = blendedHow(results);
  const how = blended ? `${course.replace(/,$/, "")}, ${blended},` : course;
  const against = comparisons.flatMap((comparison) => relation(comparison, results) ?? []);
  const end = against.length > 0 ? `: ${list(against)}.` : ".";
  const failed = comparisons.flatMap((one) => (one.failed ? ` ${capital(one.phrase)} ${one.failed}.` : []));
  const samples = plural(data.validation.count, `validation ${data.sample}`);
  const error = plusMinus(best.validationScore, data.validation.count, results);
  return `${how} gets ${scoreOn(best.validationScore, samples, { metric }, error)}${end}${failed.join("")}`;
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

function plusMinus(score: number, samples: number, { metric }: TuneResults): string {
  const error = scoreError(score, { metric, samples });
  return error === null ? "" : ` (±${NBSP}${scoreNumber(error, metric)}, one standard error)`;
}

function relation({ phrase, difference }: Comparison, { metric }: TuneResults): string | null {
  if (difference === null) return null;
  const { difference: ahead } = difference;
  const interval = formatInterval(difference, metric);
  if (Number(scoreNumber(Math.abs(ahead), metric)) === 0) return `the same as ${phrase} (${interval})`;
  const doubt = verdictOf(difference) === "level" ? ", which may be chance" : "";
  return `${formatDistance(ahead, metric)} ${ahead > 0 ? "above" : "below"} ${phrase} (${interval}${doubt})`;
}

function caveatsOf(results: TuneResults, best: BestRun): string[] {
  const { rows, data, metric } = results;
  const { sample } = data;
  const all = rows.map((row) => row.tau);
  const [noun, symbol] = [tauNoun(all), tauSymbol(all)];
  const caveats: string[] = [];
  if (best.testScore !== null && data.test)
    caveats.push(testCaveat(results, best.testScore, data.test.count, best.unseenTest));
  data.ood.forEach(({ path, count }, set) =>
    caveats.push(...oodCaveat(results, oodOf(results, best, set), path ?? `set ${set + 1}`, count)),
  );
  const chosen = rows.length > 1 ? `The ${noun} and the epoch were` : "The epoch was";
  const flattery =
    best.testScore === null ? `New ${sample}s will probably score a little lower; no test set was given.` : "";
  caveats.push(
    `${chosen} chosen on the validation ${sample}s, so the ${metric.name} on them flatters the winner. ${flattery}`.trim(),
  );
  const blend = exportedBlend(results);
  if (blend)
    caveats.push(
      `The model is the best run ${blendedHow(results)}: on the validation ${sample}s, which chose that too, ${aheadInWords(blend, metric)}.`,
    );
  const level = levelTaus(results, best);
  if (level.length > 0)
    caveats.push(
      `Not measurably worse than the winner: ${tauEquals(...level)}. Another seed may well pick ${level.length === 1 ? "that" : "one of these"}.`,
    );
  if (rows.length === 1)
    caveats.push(
      `Only one ${noun} was fine-tuned, so nothing here says whether another would do better: --starts 3 trains from several.`,
    );
  const diverged = rows.filter((row) => row.diverged).map((row) => row.tau);
  if (diverged.length > 0)
    caveats.push(
      `The ${diverged.length === 1 ? "run" : "runs"} from ${tauEquals(...diverged)} diverged: at this learning rate, ` +
        // what a random head did has nothing to do with probing
        `not necessarily at a lower one.${stepsGrow(results.options) && diverged.some((one) => one !== 0) ? ` ${noun === "tau" ? "Longer probing grows the head, and a larger head" : "A lower energy takes a larger head, which"} needs a lower rate.` : ""}`,
    );
  const collapsed = rows.filter((row) => row.collapsed && !row.diverged).map((row) => row.tau);
  if (collapsed.length > 0)
    caveats.push(
      `The ${collapsed.length === 1 ? "run" : "runs"} from ${tauEquals(...collapsed)} collapsed: worse than probing alone ` +
        `even on the training ${results.data.sample}s. That says nothing of the ${symbol}, only that the learning rate was too high.`,
    );
  const lowered = rows.filter((row) => row.lowered.length > 0);
  if (lowered.length > 0)
    caveats.push(
      `From ${tauEquals(...lowered.map((row) => row.tau))} the rate that was found proved too high, and the run began again at a lower one: ` +
        `${list(lowered.map(loweringOf))}.`,
    );
  return caveats;
}

/** "τ = 4 collapsed at 0.00041 in epoch 3, and ran at 0.00014 (the head at 0.0014)" */
function loweringOf({ tau: value, lowered, learningRate, headLearningRate }: TuneRow): string {
  const failures = lowered.map(
    ({ failure, learningRate: at, epoch }) => `${failure} at ${short(at)} in epoch ${epoch}`,
  );
  return `${tauEquals(value)} ${failures.join(", ")}, and ran at ${short(learningRate)}${headLearningRate === null ? "" : ` (the head at ${short(headLearningRate)})`}`;
}

/** Test samples that are in another set too are no longer new. */
function testCaveat(results: TuneResults, score: number, count: number, unseen: BestRun["unseenTest"]): string {
  const { sample, duplicates } = results.data;
  const test = plural(count, `test ${sample}`);
  const reached = (value: number, samples: number): string =>
    `${named(value, results)}${plusMinus(value, samples, results)}`;
  const seen = duplicates?.across.some(({ set }) => set === "test") ? count - duplicates.unseenTest.length : 0;
  if (seen === 0)
    return `On the ${test}, which no choice has seen, the same model gets ${reached(score, count)}. This is the number to quote.`;
  const known = seen === count ? `all of which occur` : `of which ${seen} ${seen === 1 ? "occurs" : "occur"}`;
  const others = unseen
    ? `On the other ${plural(unseen.count, sample)} it gets ${reached(unseen.score, unseen.count)}, which is the number to quote.`
    : "Give others to have a number to quote.";
  return `On the ${test}, ${known} in another set too, the same model gets ${reached(score, count)}, which flatters. ${others}`;
}

function winnerOf({ rows }: TuneResults, best: BestRun): TuneRow | undefined {
  return rows.find((row) => row.tau === best.tau);
}

/** Of the exported model, and of the probed head that it started from. */
function oodOf(results: TuneResults, best: BestRun, set: number): OodScore | undefined {
  const run = winnerOf(results, best)?.ood[set];
  const blend = exportedBlend(results);
  return run && blend ? { ...run, finetuned: blend.ood[set]! } : run;
}

function oodCaveat(results: TuneResults, score: OodScore | undefined, path: string, samples: number): string[] {
  if (!score || score.finetuned === null) return [];
  const seen = results.data.duplicates?.across.some(({ set }) => set === "out-of-distribution");
  const finetuned = `${named(score.finetuned, results)}${plusMinus(score.finetuned, samples, results)}`;
  return [
    `Out of distribution, on the ${plural(samples, results.data.sample)} of ${path}, the same model gets ${finetuned}; ` +
      `its probed head alone gets ${formatScore(score.probing, results.metric)}.${seen ? "" : " No choice has seen them."}`,
  ];
}

/** Those that went to the end and may be as good as the winner. */
function levelTaus(results: TuneResults, best: BestRun): Tau[] {
  return results.rows
    .filter((row) => row.tau !== best.tau && !failureOf(row))
    .filter((row) => {
      const other = reached(row);
      return other !== null && verdictOf(compare(results, best, other)) === "level";
    })
    .map((row) => row.tau);
}
