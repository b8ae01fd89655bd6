import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import { verdictOf, type BestRun, type OodScore } from "@taskhead/core/internals";
import { stepsGrow } from "../../results/evidence.js";
import { aheadInWords, blendedHow, exportedBlend } from "../../words/blends.js";
import { formatScore, list, plural, short, tauEquals, tauNoun, tauSymbol } from "../../words/format.js";
import { named } from "../../words/subject.js";
import { plusMinus, type Reached } from "./phrases.js";
import { compare, failureOf, reached, winnerOf } from "./runs.js";

/** What the reader should know before trusting the numbers: other samples first, then the choice, then runs that failed. */
export function caveatsOf(results: TuneResults, best: BestRun): string[] {
  return [...onOtherSamples(results, best), ...ofTheChoice(results, best), ...ofFailures(results)];
}

/** What the model gets on samples that are neither trained nor chosen on. */
function onOtherSamples(results: TuneResults, best: BestRun): string[] {
  const { test, ood } = results.data;
  return [
    ...(best.testScore !== null && test
      ? [testCaveat(results, { score: best.testScore, error: best.testError, samples: test.count }, best.unseenTest)]
      : []),
    ...ood.flatMap(({ path, count }, set) =>
      oodCaveat(results, oodOf(results, best, set), path ?? `set ${set + 1}`, count),
    ),
  ];
}

/** What was chosen on the validation samples, and what might as well have been. */
function ofTheChoice(results: TuneResults, best: BestRun): string[] {
  const { rows, data, metric } = results;
  const { sample } = data;
  const noun = tauNoun(rows.map((row) => row.tau));
  const chosen = rows.length > 1 ? `The ${noun} and the epoch were` : "The epoch was";
  const flattery =
    best.testScore === null ? `New ${sample}s will probably score a little lower; no test set was given.` : "";
  const caveats = [
    `${chosen} chosen on the validation ${sample}s, so the ${metric.name} on them flatters the winner. ${flattery}`.trim(),
  ];
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
  return caveats;
}

/** Runs that came to nothing, or began again at a lower rate. */
function ofFailures({ rows, data, options }: TuneResults): string[] {
  const all = rows.map((row) => row.tau);
  const [noun, symbol] = [tauNoun(all), tauSymbol(all)];
  const caveats: string[] = [];
  const diverged = rows.filter((row) => row.diverged).map((row) => row.tau);
  if (diverged.length > 0)
    caveats.push(
      `The ${diverged.length === 1 ? "run" : "runs"} from ${tauEquals(...diverged)} diverged: at this learning rate, ` +
        // what a random head did has nothing to do with probing
        `not necessarily at a lower one.${stepsGrow(options) && diverged.some((one) => one !== 0) ? ` ${noun === "tau" ? "Longer probing grows the head, and a larger head" : "A lower energy takes a larger head, which"} needs a lower rate.` : ""}`,
    );
  const collapsed = rows.filter((row) => row.collapsed && !row.diverged).map((row) => row.tau);
  if (collapsed.length > 0)
    caveats.push(
      `The ${collapsed.length === 1 ? "run" : "runs"} from ${tauEquals(...collapsed)} collapsed: worse than probing alone ` +
        `even on the training ${data.sample}s. That says nothing of the ${symbol}, only that the learning rate was too high.`,
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
function testCaveat(results: TuneResults, tested: Reached, unseen: BestRun["unseenTest"]): string {
  const { sample, duplicates } = results.data;
  const { samples: count } = tested;
  const test = plural(count, `test ${sample}`);
  const reached = (one: Reached): string => `${named(one.score, results)}${plusMinus(one, results)}`;
  const seen = duplicates?.across.some(({ set }) => set === "test") ? count - duplicates.unseenTest.length : 0;
  if (seen === 0)
    return `On the ${test}, which no choice has seen, the same model gets ${reached(tested)}. This is the number to quote.`;
  const known = seen === count ? `all of which occur` : `of which ${seen} ${seen === 1 ? "occurs" : "occur"}`;
  const others = unseen
    ? `On the other ${plural(unseen.count, sample)} it gets ${reached({ ...unseen, samples: unseen.count })}, which is the number to quote.`
    : "Give others to have a number to quote.";
  return `On the ${test}, ${known} in another set too, the same model gets ${reached(tested)}, which flatters. ${others}`;
}

/** Of the exported model, and of the probed head that it started from. */
function oodOf(results: TuneResults, best: BestRun, set: number): OodScore | undefined {
  const run = winnerOf(results, best)?.ood[set];
  const blend = exportedBlend(results);
  return run && blend ? { ...run, finetuned: blend.ood[set]!, finetunedError: blend.oodErrors?.[set] ?? null } : run;
}

function oodCaveat(results: TuneResults, score: OodScore | undefined, path: string, samples: number): string[] {
  if (!score || score.finetuned === null) return [];
  const seen = results.data.duplicates?.across.some(({ set }) => set === "out-of-distribution");
  const reached = { score: score.finetuned, error: score.finetunedError, samples };
  const finetuned = `${named(score.finetuned, results)}${plusMinus(reached, results)}`;
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
