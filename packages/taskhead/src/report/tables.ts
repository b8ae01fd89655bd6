import type { Classified } from "./classified.js";
import { basename } from "node:path";
import { mistakenFor, worstFirst } from "./charts/classes.js";
import { count, duration, escapeHtml, fixed, MISSING, percent, percentNumber, significant, tau } from "./format.js";
import type { Comparison, Verdict } from "./outcome.js";
import type { ProbingPoint, TuneResults, TuneRow } from "@taskhead/core";

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
  inside: "inside the standard error: not a measurable difference",
  weak: "less than two standard errors: weak evidence",
  clear: "more than two standard errors",
  unknown: MISSING,
};

/** The winner against its baselines, on the validation images. */
export function comparisonTable(comparisons: Comparison[]): string {
  const signed = ({ difference }: Comparison) =>
    difference === null ? MISSING : `${difference > 0 ? "+" : ""}${fixed(difference * 100, 1)}`;
  return table<Comparison>({
    caption: "The winner against the baselines, on the validation images",
    rows: comparisons,
    groups: [
      {
        name: "",
        columns: [
          { head: "Baseline", cell: (row) => escapeHtml(row.name), text: true },
          { head: "Accuracy", cell: (row) => (row.diverged ? divergedMark : percent(row.accuracy)) },
          { head: "Winner, points", cell: signed },
          { head: "± points", cell: (row) => percentNumber(row.standardError) },
          { head: "The difference is", cell: (row) => verdicts[row.verdict], text: true },
        ],
      },
    ],
  });
}

const divergedMark = '<span class="diverged">diverged</span>';
const winnerMark = ' <span class="mark">best</span>';

/** How a run ended, if not as planned. */
function endMark({ diverged, stopped, epochs }: TuneRow): string {
  if (diverged) return ` ${divergedMark}`;
  return stopped ? ` <span class="diverged">stopped at epoch ${epochs.length}</span>` : "";
}

function tauColumn({ best }: TuneResults): Column<TuneRow> {
  return {
    head: "τ",
    cell: (row) => tau(row.tau) + (row.tau === best?.tau ? winnerMark : "") + endMark(row),
  };
}

/** The head at the taus that say most: the first epoch, powers of two, the end, and what was fine-tuned. */
export function probingTable({ probing, rows, best }: TuneResults): string {
  const tuned = new Set(rows.map((row) => row.tau));
  const last = probing.findLast((point) => point.tau !== "converged");
  const telling = probing.filter(
    (point) =>
      point.tau === "converged" || point === last || tuned.has(point.tau) || point.tau <= 1 || isPowerOfTwo(point.tau),
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
          { head: "mean ‖z‖", cell: (point) => significant(point.featureNorm) },
          { head: "Training", cell: (point) => percent(point.trainScore) },
          { head: "Validation", cell: (point) => percent(point.validationScore) },
        ],
      },
    ],
  });
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

/** Every fine-tuned tau: the head it started from and the accuracy it reached. */
export function summaryTable(results: TuneResults): string {
  const epoch = (row: TuneRow) => (row.bestEpoch === null ? MISSING : tau(row.bestEpoch));
  return table<TuneRow>({
    caption: "Every fine-tuned tau",
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
          { head: "Training", cell: (row) => percent(row.probeTrainScore) },
          { head: "Validation", cell: (row) => percent(row.probeValidationScore) },
        ],
      },
      {
        name: "after fine-tuning, on validation",
        columns: [
          { head: "Best", cell: (row) => `<strong>${percent(row.bestValidationScore)}</strong>` },
          { head: "in epoch", cell: epoch },
          { head: "Last epoch", cell: (row) => percent(row.validationScore) },
        ],
      },
      ...results.data.ood.map(({ path }, i) => oodGroup(path ?? "", i)),
      {
        name: "",
        columns: [
          { head: "Rate", cell: (row) => row.learningRate?.toPrecision(2) ?? MISSING },
          { head: "Time", cell: (row) => duration(row.seconds) },
        ],
      },
    ],
  });
}

/** The runs at the rates that did less well, where two were tried; empty where one was. */
export function otherRatesTable({ otherRates }: TuneResults): string {
  if (otherRates.length === 0) return "";
  const rows = table<TuneRow>({
    caption: "The other rate of each tau",
    rows: otherRates,
    groups: [
      {
        name: "",
        columns: [
          { head: "τ", cell: (row) => tau(row.tau) + endMark(row) },
          { head: "Rate", cell: (row) => row.learningRate?.toPrecision(2) ?? MISSING },
          { head: "Best", cell: (row) => percent(row.bestValidationScore) },
          { head: "in epoch", cell: (row) => (row.bestEpoch === null ? MISSING : tau(row.bestEpoch)) },
        ],
      },
    ],
  });
  return `<h3>At the other rate</h3>${rows}`;
}

function oodGroup(path: string, set: number): Group<TuneRow> {
  return {
    name: `on ${escapeHtml(basename(path))}, out of distribution`,
    columns: [
      { head: "Probing", cell: (row) => percent(row.ood[set]?.probing ?? null) },
      { head: "Best epoch", cell: (row) => percent(row.ood[set]?.finetuned ?? null) },
    ],
  };
}

/** How far the features of each run moved, on training and validation images. */
export function adaptationTable(results: TuneResults): string {
  const measures = (
    euclidean: (row: TuneRow) => number | null,
    cosine: (row: TuneRow) => number | null,
    dot: (row: TuneRow) => number | null,
    norm: (row: TuneRow) => number | null,
  ): Column<TuneRow>[] => [
    { head: "Euclidean", cell: (row) => significant(euclidean(row)) },
    { head: "Cosine", cell: (row) => fixed(cosine(row), 3) },
    { head: "Dot", cell: (row) => significant(dot(row)) },
    { head: "Norm", cell: (row) => significant(norm(row)) },
  ];
  return table<TuneRow>({
    caption: "Feature adaptation",
    rows: results.rows,
    winner: (row) => row.tau === results.best?.tau,
    groups: [
      { name: "", columns: [tauColumn(results), { head: "Energy", cell: (row) => fixed(row.energy, 3) }] },
      {
        name: "training images",
        columns: measures(
          (row) => row.euclidean,
          (row) => row.cosine,
          (row) => row.dot,
          (row) => row.norm,
        ),
      },
      {
        name: "validation images",
        columns: measures(
          (row) => row.validationEuclidean,
          (row) => row.validationCosine,
          (row) => row.validationDot,
          (row) => row.validationNorm,
        ),
      },
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
        name: "euclidean, training images",
        columns: [
          { head: "Forecast", cell: (row) => significant(row.forecast?.euclidean) },
          { head: "Reached", cell: (row) => significant(row.euclidean) },
        ],
      },
      { name: "coherence", columns: [{ head: "Forecast", cell: (row) => fixed(row.forecast?.coherence, 3) }] },
    ],
  });
}

/** Every class of the winner, worst recall first, with the class it was most often mistaken for. */
export function classTable({ classes, confusion }: Classified): string {
  const indices = new Map(classes.map((one, index) => [one, index]));
  const mistaken = (index: number) => {
    const wrong = mistakenFor(classes, confusion, index);
    return wrong ? `${escapeHtml(wrong.label)} (${count(wrong.images)})` : MISSING;
  };
  return table({
    caption: "Every class, lowest recall first",
    rows: worstFirst(classes),
    groups: [
      {
        name: "",
        columns: [
          { head: "Class", cell: (row) => escapeHtml(row.label), text: true },
          { head: "Images", cell: (row) => count(row.support) },
          { head: "Right", cell: (row) => count(row.correct) },
          { head: "Recall", cell: (row) => percent(row.recall) },
          { head: "Precision", cell: (row) => percent(row.precision) },
          { head: "Most often taken for", cell: (row) => mistaken(indices.get(row)!), text: true },
        ],
      },
    ],
  });
}
