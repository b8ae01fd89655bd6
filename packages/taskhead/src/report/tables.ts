import { basename } from "node:path";
import { escapeHtml } from "./escape.js";
import {
  capital,
  duration,
  finite,
  fixed,
  formatScore,
  type Maybe,
  MISSING,
  NBSP,
  rate,
  signedScore,
  significant,
  tau,
  tauNoun,
  tauSymbol,
} from "../words/format.js";
import type { Comparison } from "./outcome/comparisons.js";
import type { TuneResults, TuneRow } from "@taskhead/core";
import { type Difference, type Metric, type ProbingPoint, type Verdict, verdictOf } from "@taskhead/core/internals";

/** The report's tables. Cells are HTML: whatever came from outside is escaped here. */

export interface Column<Row> {
  /** HTML */
  head: string;
  /** HTML */
  cell: (row: Row) => string;
  /** words, not numbers: aligned left */
  text?: boolean;
}

interface Group<Row> {
  /** over its columns; empty for none */
  name: string;
  columns: Column<Row>[];
}

interface TableSpec<Row> {
  caption: string;
  groups: Group<Row>[];
  rows: Row[];
  /** marks the row of the chosen tau */
  winner?: (row: Row) => boolean;
}

/** A table as HTML. */
export function table<Row>({ caption, groups, rows, winner }: TableSpec<Row>): string {
  const columns = groups.flatMap((group) => group.columns);
  const heads = columns.map((column) => `<th scope="col"${align(column)}>${column.head}</th>`).join("");
  const body = rows.map((row) => {
    const cells = columns.map((column, index) => {
      const tag = index === 0 ? 'th scope="row"' : "td";
      return `<${tag}${align(column)}>${column.cell(row)}</${tag.slice(0, 2)}>`;
    });
    return `<tr${winner?.(row) ? ' class="winner"' : ""}>${cells.join("")}</tr>`;
  });
  return (
    `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}"><table>` +
    `<caption>${escapeHtml(caption)}</caption>` +
    `<thead>${groupHeads(groups)}<tr>${heads}</tr></thead><tbody>${body.join("\n")}</tbody></table></div>`
  );
}

/** A share, 0..1, as a number with its bar. */
export function meter(share: Maybe, text: string): string {
  const width = Math.round(100 * Math.max(0, Math.min(1, finite(share) ?? 0)));
  return `<span class="meter">${text}<i style="--share:${width}%"></i></span>`;
}

function groupHeads<Row>(groups: Group<Row>[]): string {
  if (groups.every((group) => group.name === "")) return "";
  const heads = groups.map(({ name, columns }) =>
    name === ""
      ? `<td colspan="${columns.length}"></td>`
      : `<th scope="colgroup" class="group" colspan="${columns.length}">${name}</th>`,
  );
  return `<tr>${heads.join("")}</tr>`;
}

function align<Row>(column: Column<Row>): string {
  return column.text ? ' class="text"' : "";
}

const verdicts: Record<Verdict, string> = {
  level: "not measurable: the interval holds 0",
  above: "measurable",
  below: "measurable",
  unknown: "not known to be more than chance",
};

/** What an interval rests on, in a word or two. */
const bases: Record<Difference["basis"], (sample: string) => string> = {
  seeds: () => ", over seeds",
  "paired hits": (sample) => `, ${sample} by ${sample}`,
  "paired contributions": (sample) => `, ${sample} by ${sample}`,
  "independent samples": () => ", by the two scores alone",
  nothing: () => "",
};

/** The winner against its baselines, on the validation samples. */
export function comparisonTable(comparisons: Comparison[], { metric, data: { sample } }: TuneResults): string {
  const about = ({ difference }: Comparison): string =>
    difference === null ? MISSING : verdicts[verdictOf(difference)] + bases[difference.basis](sample);
  return table<Comparison>({
    caption: `The winner against the baselines, on the validation ${sample}s`,
    rows: comparisons,
    groups: [
      {
        name: "",
        columns: [
          { head: "Baseline", cell: (row) => escapeHtml(row.name), text: true },
          {
            head: escapeHtml(capital(metric.name)),
            cell: (row) => (row.failed ? mark(row.failed) : formatScore(row.score, metric)),
          },
          {
            head: metric.percent ? "Winner, points" : "Winner",
            cell: ({ difference }) => signedScore(difference?.difference, metric),
          },
          {
            head: `95${NBSP}% interval`,
            cell: ({ difference }) =>
              difference?.low == null
                ? MISSING
                : `${signedScore(difference.low, metric)} to ${signedScore(difference.high, metric)}`,
          },
          { head: "The difference is", cell: (row) => escapeHtml(about(row)), text: true },
        ],
      },
    ],
  });
}

function mark(words: string): string {
  return `<span class="diverged">${words}</span>`;
}

const winnerMark = ' <span class="mark">best</span>';

/** How a run ended, if not as planned. */
function endMark({ diverged, collapsed }: TuneRow): string {
  return diverged || collapsed ? ` ${mark(diverged ? "diverged" : "collapsed")}` : "";
}

function tauColumn({ best, rows }: TuneResults): Column<TuneRow> {
  return {
    head: tauSymbol(rows.map((row) => row.tau)),
    cell: (row) => tau(row.tau) + (row.tau === best?.tau ? winnerMark : "") + endMark(row),
  };
}

/** The head at the taus that say most: the first epoch, powers of two, the end, and what was fine-tuned. */
export function probingTable({ probing, rows, best, metric }: TuneResults): string {
  const tuned = new Set(rows.map((row) => row.dial?.from ?? row.tau));
  const last = probing.findLast((point) => typeof point.tau === "number");
  const telling = probing.filter(
    (point) =>
      typeof point.tau !== "number" ||
      point === last ||
      tuned.has(point.tau) ||
      point.tau <= 1 ||
      isPowerOfTwo(point.tau),
  );
  return table<ProbingPoint>({
    caption: "Head probing",
    rows: telling,
    winner: (point) => point.tau === best?.tau,
    groups: [
      {
        name: "",
        columns: [
          { head: "τ", cell: (point) => tau(point.tau) },
          { head: "Energy", cell: (point) => fixed(point.energy, 3) },
          { head: "Loss", cell: (point) => fixed(point.loss, 3) },
          { head: "‖W‖", cell: (point) => significant(point.headNorm, 3) },
          { head: "Pull", cell: (point) => fixed(point.pull, 3) },
          { head: "mean ‖z‖", cell: (point) => significant(point.featureNorm) },
        ],
      },
      {
        name: escapeHtml(metric.name),
        columns: [
          { head: "Training", cell: (point) => formatScore(point.trainScore, metric) },
          { head: "Validation", cell: (point) => formatScore(point.validationScore, metric) },
        ],
      },
    ],
  });
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

/** Every fine-tuned tau: the head it started from and the score it reached. */
export function summaryTable(results: TuneResults): string {
  const { metric } = results;
  const epoch = (row: TuneRow) => (row.bestEpoch === null ? MISSING : tau(row.bestEpoch));
  return table<TuneRow>({
    caption: `Every fine-tuned ${tauNoun(results.rows.map((row) => row.tau))}`,
    rows: results.rows,
    winner: (row) => row.tau === results.best?.tau,
    groups: [
      { name: "", columns: [tauColumn(results)] },
      {
        name: "after head probing",
        columns: [
          { head: "Energy", cell: (row) => fixed(row.energy, 3) },
          { head: "Loss", cell: (row) => fixed(row.probeLoss, 3) },
          { head: "‖W‖", cell: (row) => significant(row.headNorm, 3) },
          { head: "Pull", cell: (row) => fixed(row.pull, 3) },
        ],
      },
      {
        name: `its ${escapeHtml(metric.name)}`,
        columns: [
          { head: "Training", cell: (row) => formatScore(row.probeTrainScore, metric) },
          { head: "Validation", cell: (row) => formatScore(row.probeValidationScore, metric) },
        ],
      },
      {
        name: `after fine-tuning, validation ${escapeHtml(metric.name)}`,
        columns: [
          { head: "Best", cell: (row) => `<strong>${formatScore(row.bestValidationScore, metric)}</strong>` },
          { head: "in epoch", cell: epoch },
          { head: "Last epoch", cell: (row) => formatScore(row.validationScore, metric) },
        ],
      },
      ...results.data.ood.map(({ path }, i) => oodGroup(path ?? `set ${i + 1}`, i, metric)),
      {
        name: "",
        columns: [
          { head: "Rate", cell: (row) => rate(row.learningRate) },
          { head: "Time", cell: (row) => duration(row.seconds) },
        ],
      },
    ],
  });
}

function oodGroup(path: string, set: number, metric: Metric): Group<TuneRow> {
  return {
    name: `on ${escapeHtml(basename(path))}, out of distribution`,
    columns: [
      { head: "Probing", cell: (row) => formatScore(row.ood[set]?.probing, metric) },
      { head: "Best epoch", cell: (row) => formatScore(row.ood[set]?.finetuned, metric) },
    ],
  };
}

/** How far the features of each run moved, set by set. */
export function adaptationTable(results: TuneResults): string {
  const { sample, ood } = results.data;
  type Moved = Record<"euclidean" | "cosine" | "dot" | "norm", number | null>;
  const group = (name: string, of: (row: TuneRow) => Moved | null): Group<TuneRow> => ({
    name: escapeHtml(name),
    columns: [
      { head: "Distance", cell: (row) => significant(of(row)?.euclidean) },
      { head: "Cosine", cell: (row) => fixed(of(row)?.cosine, 3) },
      { head: "Dot product", cell: (row) => significant(of(row)?.dot) },
      { head: "Length", cell: (row) => significant(of(row)?.norm) },
    ],
  });
  return table<TuneRow>({
    caption: "Feature adaptation",
    rows: results.rows,
    winner: (row) => row.tau === results.best?.tau,
    groups: [
      {
        name: "",
        columns: [
          tauColumn(results),
          { head: "Energy", cell: (row) => fixed(row.energy, 3) },
          { head: "c", cell: (row) => significant(row.boundFactor, 3) },
        ],
      },
      group(`training ${sample}s`, (row) => row),
      group(`validation ${sample}s`, (row) => ({
        euclidean: row.validationEuclidean,
        cosine: row.validationCosine,
        dot: row.validationDot,
        norm: row.validationNorm,
      })),
      ...ood.map(({ path }, i) =>
        group(`${basename(path ?? `set ${i + 1}`)}, out of distribution`, (row) => row.ood[i]?.adaptation ?? null),
      ),
    ],
  });
}

/** What was forecast of each run, beside what came. */
export function forecastTable(results: TuneResults): string {
  return table<TuneRow>({
    caption: "Forecast, from the first steps of each run",
    rows: results.rows,
    winner: (row) => row.tau === results.best?.tau,
    groups: [
      { name: "", columns: [tauColumn(results), { head: "Energy", cell: (row) => fixed(row.energy, 3) }] },
      {
        name: `euclidean, training ${escapeHtml(results.data.sample)}s`,
        columns: [
          { head: "Forecast", cell: (row) => significant(row.forecast?.euclidean) },
          { head: "Reached", cell: (row) => significant(row.euclidean) },
        ],
      },
      { name: "coherence", columns: [{ head: "Forecast", cell: (row) => fixed(row.forecast?.coherence, 3) }] },
    ],
  });
}
