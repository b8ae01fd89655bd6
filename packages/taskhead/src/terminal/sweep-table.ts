import type { SweepResults, SweepRow } from "../report/sweep/index.js";
import { headlineOf, shareOfFullGrid, standingOf } from "../report/sweep/words.js";
import { fixed, percent } from "./format.js";
import { table } from "./table.js";

/** The candidates, the best starred, what it cost, and the best in words. */
export function sweepSummary(results: SweepResults): string {
  const { best, rows } = results;
  const lines = [sweepTable(results), "", shareOfFullGrid(results)];
  if (best === null) return [...lines, headlineOf(results)].join("\n");
  const test = best.testScore === null ? "" : `; its model: ${percent(best.testScore)} on test images`;
  return [...lines, `★ best: ${headlineOf(results)} over ${rows[best.row]!.trials.length} seeds${test}`].join("\n");
}

function sweepTable({ rows, best }: SweepResults): string {
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
    row.learningRate === null ? "–" : String(row.learningRate),
    percent(row.probeValidationScore),
    fixed(row.energy, 3),
    String(row.epochs),
    percent(row.mean),
    row.spread === null ? "–" : (100 * row.spread).toFixed(1),
    row.againstBest ? (100 * row.againstBest.difference).toFixed(1) : "–",
    standingOf(row, winner),
  ]);
  const head = [
    "  tau",
    ...axes.map(([name]) => name),
    "rate",
    "probing",
    "energy",
    "epochs",
    "accuracy",
    "±",
    "behind",
    "",
  ];
  return table(head, cells, [head.length - 1]);
}
