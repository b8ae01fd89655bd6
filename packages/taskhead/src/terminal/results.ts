import { basename } from "node:path";
import type { Tau, TuneResults, TuneRow } from "@taskhead/core";
import {
  compareTaus,
  energyAsked,
  isDialled,
  nameOfStart,
  type BestRun,
  type Metric,
  type ProbingPoint,
} from "@taskhead/core/internals";
import { blendedHow, blendNames } from "../words/blends.js";
import { MISSING, rate, tauNoun, typed } from "../words/format.js";
import { named } from "../words/subject.js";
import { duration, fixed, formatScore, significant } from "./format.js";
import { fittingTable, table, type Column } from "./table.js";

/** How wide a table may be where nobody knows what it is shown on. */
export const usualWidth = 80;

/**
 * All runs of a tuning, by tau and rate, the winner starred; what is beside the point is left out where it does not fit.
 * @param width columns there are; Infinity for all there is to say
 */
export function tuneTable(results: TuneResults, width = usualWidth): string {
  const { metric, data, best } = results;
  const winner = results.rows.find((row) => row.tau === best?.tau);
  const runs = results.rows.toSorted((a, b) => compareTaus(a.tau, b.tau));
  const noun = tauNoun(runs.map((row) => row.tau));
  const column = (rank: number, head: string, cell: (row: TuneRow) => string): Column & { rank: number } => ({
    rank,
    head,
    cells: runs.map(cell),
  });
  const severalRates = new Set(runs.map((row) => rate(row.learningRate))).size > 1;
  const ended = runs.some((row) => endOf(row) !== "");
  const ood = data.ood.map(({ path }, i) =>
    column(6, `ood ${basename(path ?? String(i + 1))}`, (row) => formatScore(row.ood[i]?.finetuned, metric)),
  );
  const { text, hidden } = fittingTable(
    [
      column(0, `  ${noun}`, (row) => `${row === winner ? "★ " : "  "}${startOf(row.tau)}`),
      column(severalRates ? 2 : 11, "rate", (row) => rate(row.learningRate)),
      column(3, "probing", (row) => formatScore(row.probeValidationScore, metric)),
      ...(noun === "tau" ? [column(4, "energy", (row) => fixed(row.energy, 3))] : []),
      column(1, "best epoch", (row) => bestEpoch(row, metric)),
      column(8, "last epoch", (row) => formatScore(row.validationScore, metric)),
      ...ood,
      column(5, "moved", (row) => significant(row.euclidean)),
      column(9, "cosine", (row) => fixed(row.cosine, 3)),
      column(14, "pull", (row) => fixed(row.pull, 3)),
      column(13, "dot", (row) => significant(row.dot)),
      column(12, "norm", (row) => significant(row.norm)),
      column(7, "time", (row) => duration(row.seconds)),
      ...(ended ? [{ ...column(1, "", endOf), left: true }] : []),
    ],
    width,
  );
  return [text, ...hiddenLine(hidden)].join("\n");
}

/** As `--taus` or `--energy` takes it. */
export function startOf(tau: Tau): string {
  return String(isDialled(tau) ? energyAsked(tau) : tau);
}

function bestEpoch({ bestValidationScore, bestEpoch }: TuneRow, metric: Metric): string {
  return bestValidationScore === null ? MISSING : `${formatScore(bestValidationScore, metric)} (epoch ${bestEpoch})`;
}

/** How a run ended, if not soundly with the last epoch, and how often its rate was lowered. */
function endOf({ diverged, collapsed, epochs, lowered, headLearningRate }: TuneRow): string {
  const end = diverged ? `diverged in epoch ${epochs.length + 1}` : "";
  const failures = new Set(lowered.map(({ failure }) => failure));
  const times = ["", "once", "twice"][lowered.length] ?? `${lowered.length} times`;
  const rates = headLearningRate === null ? "rate" : "rate and the head's";
  const rate = lowered.length > 0 ? `${rates} lowered ${times}: ${[...failures].join(", ")}` : "";
  return [end, collapsed ? "collapsed" : "", rate].filter(Boolean).join("; ");
}

/** Says what a table left out. */
export function hiddenLine(hidden: readonly string[]): string[] {
  return hidden.length > 0 ? [`with --wide also: ${hidden.join(", ")}`] : [];
}

/** The winner in a line; empty where every run diverged. */
export function bestLine(results: TuneResults): string {
  const { best, metric, data } = results;
  if (!best) return "";
  const { sample } = data;
  const blended = blendedHow(results);
  const how = blended ? `, ${typed(blended)}` : "";
  const score = typed(named(best.validationScore, { metric }));
  const test = best.testScore === null ? "" : `, ${formatScore(best.testScore, metric)} on test ${sample}s`;
  const { unseenTest } = best;
  // The others flatter: they are for training or validation as well.
  const unseen = unseenTest
    ? `, ${formatScore(unseenTest.score, metric)} on the ${unseenTest.count} of them in no other set`
    : "";
  const off = errorsOf(best);
  const where = results.folds ? "out of fold" : `on validation ${sample}s`;
  return `★ best: ${nameOfStart(best.tau)}, epoch ${best.epoch}${how}: ${score} ${where}${off}${test}${unseen}`;
}

/** The averages of weights and what each scores, and why a higher one is not exported; empty where none were made. */
export function blendsLine({ best, blends, metric, data: { sample } }: TuneResults): string {
  if (!blends) return "";
  const names = blendNames(blends);
  const run = blends.wiseFt.course.at(-1)!.validationScore;
  const higher = [blends.wiseFt, blends.soup].some((one) => one && one.validationScore! > run!);
  const why = higher && !best?.blend ? ", which is exported, as none is measurably above it" : "";
  const shown = [
    `${names.wiseFt}: ${formatScore(blends.wiseFt.validationScore, metric)}`,
    ...(blends.soup ? [`${names.soup}: ${formatScore(blends.soup.validationScore, metric)}`] : []),
    `best run: ${formatScore(run, metric)}`,
  ];
  return typed(`averaged weights: ${shown.join("; ")} on validation ${sample}s${why}`);
}

/** The copies with smaller weights and what each scores; empty where none was asked for. */
export function copiesLine({ best, metric, data: { sample } }: TuneResults): string {
  const [whole, ...copies] = best?.files ?? [];
  if (!whole || copies.length === 0) return "";
  const megabytes = (bytes: number): string => (bytes / 1e6).toPrecision(3);
  const shown = copies.map(
    ({ precision, validationScore, bytes }) =>
      `${precision} ${formatScore(validationScore, metric)} (${megabytes(bytes)} MB)`,
  );
  return typed(
    `copies: ${shown.join(", ")} on validation ${sample}s; fp32 ${formatScore(whole.validationScore, metric)} (${megabytes(whole.bytes)} MB)`,
  );
}

/** How far off a regression is, number by number: ` (RMSE weight 1.27, width 0.3)`; empty for other objectives. */
function errorsOf({ outputs }: BestRun): string {
  const errors = (outputs ?? []).flatMap(({ name, error }) =>
    error === null ? [] : [`${name} ${significant(error)}`],
  );
  const others = errors.length - mostErrors;
  const shown = [...errors.slice(0, mostErrors), ...(others > 0 ? [`${others} more`] : [])];
  return errors.length > 0 ? ` (RMSE ${shown.join(", ")})` : "";
}

/** As many as a line can hold. */
const mostErrors = 4;

/** The head at every tau that was measured, the one of the highest validation score starred. */
export function probingTable(points: readonly ProbingPoint[], metric: Metric): string {
  const score = ({ validationScore }: ProbingPoint): number => validationScore ?? -Infinity;
  const best = points.reduce((a, b) => (score(b) > score(a) ? b : a), points[0]!);
  const rows = points.map((p) => [
    `${p === best ? "★ " : "  "}${isDialled(p.tau) ? nameOfStart(p.tau) : p.tau}`,
    fixed(p.loss, 4),
    formatScore(p.trainScore, metric),
    formatScore(p.validationScore, metric),
    fixed(p.energy, 3),
    significant(p.headNorm),
    fixed(p.pull, 3),
  ]);
  return table(["  tau", "loss", "train", "validation", "energy", "‖W‖", "pull"], rows);
}
