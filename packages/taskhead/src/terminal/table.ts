import { basename } from "node:path";
import type { TuneResults } from "@taskhead/core";
import type { BestRun, Metric, ProbingPoint } from "@taskhead/core/internals";
import Table from "cli-table3";
import { MISSING, rate, typed } from "../words/format.js";
import { named } from "../words/subject.js";
import { visibleLine } from "../words/visible.js";
import { duration, fixed, formatScore, significant } from "./format.js";

/** The fine-tuned candidates, one row per tau, the winner starred. */
export function tuneTable(results: TuneResults): string {
  const { metric } = results;
  const rows = results.rows.map((row) => [
    `${row.tau === results.best?.tau ? "★ " : "  "}${row.tau}`,
    formatScore(row.probeValidationScore, metric),
    fixed(row.energy, 3),
    row.diverged ? "diverged" : formatScore(row.validationScore, metric),
    row.bestValidationScore === null
      ? MISSING
      : `${formatScore(row.bestValidationScore, metric)} (epoch ${row.bestEpoch})`,
    significant(row.euclidean),
    fixed(row.cosine, 3),
    significant(row.dot),
    significant(row.norm),
    ...row.ood.map((score) => formatScore(score.finetuned, metric)),
    rate(row.learningRate),
    duration(row.seconds),
    row.stopped ? `stopped at epoch ${row.epochs.length}` : "",
  ]);
  const beforeOod = ["  tau", "probing", "energy", "fine-tuned", "best epoch", "euclidean", "cosine", "dot", "norm"];
  const ood = results.data.ood.map(({ path }, i) => `ood ${basename(path ?? String(i + 1))}`);
  return table([...beforeOod, ...ood, "rate", "time", ""], rows);
}

/** What the other rate of each tau came to, in a line; empty where one rate was tried. */
export function otherRatesLine({ otherRates, metric }: TuneResults): string {
  const shown = otherRates.map(({ tau, learningRate, bestValidationScore, diverged, stopped, epochs }) => {
    const outcome = diverged ? "diverged" : formatScore(bestValidationScore, metric);
    return `tau ${tau} at ${rate(learningRate)}: ${outcome}${stopped ? ` by epoch ${epochs.length}` : ""}`;
  });
  return shown.length > 0 ? `other rates: ${shown.join(" · ")}` : "";
}

/** The winner in a line; empty where every run diverged. */
export function bestLine({ best, metric, data: { sample } }: TuneResults): string {
  if (!best) return "";
  const score = typed(named(best.validationScore, { metric }));
  const test = best.testScore === null ? "" : `, ${formatScore(best.testScore, metric)} on test ${sample}s`;
  const off = errorsOf(best);
  return `★ best: tau ${best.tau}, epoch ${best.epoch}: ${score} on validation ${sample}s${off}${test}`;
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

/** The head at every tau that was measured. */
export function probingTable(points: readonly ProbingPoint[], metric: Metric): string {
  const rows = points.map((p) => [
    String(p.tau),
    fixed(p.loss, 4),
    formatScore(p.trainScore, metric),
    formatScore(p.validationScore, metric),
    fixed(p.energy, 3),
    significant(p.headNorm),
  ]);
  return table(["tau", "loss", "train", "validation", "energy", "‖W‖"], rows);
}

export function table(head: string[], rows: string[][], left: readonly number[] = []): string {
  const made = new Table({
    head: head.map(visibleLine),
    colAligns: head.map((_, column) => (left.includes(column) ? "left" : "right")),
    style: { head: [], border: [], compact: true },
    chars: {
      top: "",
      "top-mid": "",
      "top-left": "",
      "top-right": "",
      bottom: "",
      "bottom-mid": "",
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: " ",
    },
  });
  // A table of many rows has more than a call can have arguments.
  for (const row of rows) made.push(row.map(visibleLine));
  return made.toString();
}
