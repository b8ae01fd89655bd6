import type { SweepResults, SweepRow } from "../report/sweep/index.js";
import { failureOf, headlineOf, peakSentences, shareOfFullGrid } from "../report/sweep/words.js";
import { MISSING, scoreNumber, tauNoun, typed } from "../words/format.js";
import { quotedOf } from "../words/quoted.js";
import { fixed, formatScore } from "./format.js";
import { hiddenLine, startOf, usualWidth } from "./results.js";
import { fittingTable } from "./table.js";

/**
 * The candidates, the best starred, what it cost, and the best in words.
 * @param width columns there are; Infinity for all there is to say
 */
export function sweepSummary(results: SweepResults, width = usualWidth): string {
  const { best, rows, metric, data } = results;
  const lines = [sweepTable(results, width), "", typed(shareOfFullGrid(results))];
  if (best === null) return [...lines, typed(headlineOf(results))].join("\n");
  const { score, samples } = quotedOf(best, data);
  const test = best.testScore === null ? "" : `; its model: ${formatScore(score, metric)} on ${typed(samples)}`;
  const { length: seeds } = rows[best.row]!.trials;
  const over = seeds === 1 ? "1 seed" : `${seeds} seeds`;
  lines.push(...peakSentences(results).map(typed));
  return [...lines, `★ best: ${typed(headlineOf(results))} over ${over}${test}`].join("\n");
}

function sweepTable({ rows, best, metric, rungs }: SweepResults, width: number): string {
  const winner = best === null ? undefined : rows[best.row];
  const column = (rank: number, head: string, cell: (row: SweepRow) => string) => ({
    rank,
    head,
    cells: rows.map(cell),
  });
  // An axis with one value says nothing in a table.
  const axes = [
    column(2, "method", (row) => row.method),
    column(2, "head", (row) => row.head),
    column(2, "smoothing", (row) => String(row.smoothing)),
  ].filter(({ cells }) => new Set(cells).size > 1);
  const noun = tauNoun(rows.map((row) => row.tau));
  const marked = (row: SweepRow): string =>
    `${row === winner ? "★ " : row.againstBest?.withinNoise ? "≈ " : "  "}${startOf(row.tau)}`;
  const { text, hidden } = fittingTable(
    [
      column(0, `  ${noun}`, marked),
      ...axes,
      column(1, "rate", (row) => (row.learningRate === null ? MISSING : row.learningRate.toPrecision(3))),
      column(7, "probing", (row) => formatScore(row.probeValidationScore, metric)),
      ...(noun === "tau" ? [column(6, "energy", (row) => fixed(row.energy, 3))] : []),
      column(5, "epochs", (row) => String(row.epochs)),
      column(0, metric.name, (row) => formatScore(row.mean, metric)),
      column(4, "±", (row) => typed(scoreNumber(row.spread, metric))),
      column(3, "behind", (row) => typed(scoreNumber(row.againstBest?.difference, metric))),
      { ...column(1, "", (row) => endOf(row, rungs)), left: true },
    ],
    width,
  );
  const marks = rows.some((row) => row.againstBest?.withinNoise) ? ["≈ within the noise of the best"] : [];
  return [text, ...marks, ...hiddenLine(hidden)].join("\n");
}

/** How a candidate ended, if not with the last epoch. */
function endOf(row: SweepRow, rungs: readonly number[]): string {
  return row.status === "stopped" ? `stopped at rung ${rungs.indexOf(row.epochs) + 1}` : failureOf(row);
}
