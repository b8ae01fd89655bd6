import type { SweepResults, SweepRow } from "../report/sweep/index.js";
import { headlineOf, shareOfFullGrid, standingOf } from "../report/sweep/words.js";
import { MISSING, scoreNumber, typed } from "../words/format.js";
import { fixed, formatScore } from "./format.js";
import { table } from "./table.js";

/** The candidates, the best starred, what it cost, and the best in words. */
export function sweepSummary(results: SweepResults): string {
  const { best, rows, metric, data } = results;
  const lines = [sweepTable(results), "", typed(shareOfFullGrid(results))];
  if (best === null) return [...lines, typed(headlineOf(results))].join("\n");
  const test =
    best.testScore === null ? "" : `; its model: ${formatScore(best.testScore, metric)} on test ${data.sample}s`;
  return [...lines, `★ best: ${typed(headlineOf(results))} over ${rows[best.row]!.trials.length} seeds${test}`].join(
    "\n",
  );
}

function sweepTable({ rows, best, metric }: SweepResults): string {
  const winner = best === null ? undefined : rows[best.row];
  // An axis with one value says nothing in a table.
  const axes: [head: string, cell: (row: SweepRow) => string][] = (
    [
      ["method", (row) => row.method],
      ["head", (row) => row.head],
      ["smoothing", (row) => String(row.smoothing)],
    ] as [string, (row: SweepRow) => string][]
  ).filter(([, cell]) => new Set(rows.map(cell)).size > 1);
  const cells = rows.map((row) => [
    `${row === winner ? "★ " : row.againstBest?.withinNoise ? "≈ " : "  "}${row.tau}`,
    ...axes.map(([, cell]) => cell(row)),
    row.learningRate === null ? MISSING : String(row.learningRate),
    formatScore(row.probeValidationScore, metric),
    fixed(row.energy, 3),
    String(row.epochs),
    formatScore(row.mean, metric),
    typed(scoreNumber(row.spread, metric)),
    typed(scoreNumber(row.againstBest?.difference, metric)),
    standingOf(row, winner),
  ]);
  const head = [
    "  tau",
    ...axes.map(([name]) => name),
    "rate",
    "probing",
    "energy",
    "epochs",
    metric.name,
    "±",
    "behind",
    "",
  ];
  return table(head, cells, [head.length - 1]);
}
