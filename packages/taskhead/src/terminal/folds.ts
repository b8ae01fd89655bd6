import type { TuneResults } from "@taskhead/core";
import type { FoldsRow } from "@taskhead/core/internals";
import { foldsSentences, tausInWords } from "../words/folds.js";
import { scoreNumber, typed } from "../words/format.js";
import { formatScore } from "./format.js";
import { hiddenLine, startOf, usualWidth } from "./results.js";
import { fittingTable } from "./table.js";

/** The candidates over the folds, the one that was trained on all samples starred; empty of a run without folds. */
export function foldsTable(results: TuneResults, width = usualWidth): string {
  const { folds, metric } = results;
  if (!folds) return "";
  const { rows, count, refit } = folds;
  const column = (rank: number, head: string, cell: (row: FoldsRow, i: number) => string) => ({
    rank,
    head,
    cells: rows.map(cell),
  });
  const { text, hidden } = fittingTable(
    [
      column(0, "  tau", (row, i) => `${i === refit?.chosen ? "★ " : "  "}${tausInWords(row, startOf)}`),
      ...Array.from({ length: count }, (_, fold) =>
        column(2 + fold, `fold ${fold + 1}`, ({ scores }) => formatScore(scores[fold], metric)),
      ),
      column(0, "mean", ({ mean }) => formatScore(mean, metric)),
      column(1, "±", ({ error }) => typed(scoreNumber(error, metric))),
    ],
    width,
  );
  return [text, ...hiddenLine(hidden), "", ...foldsSentences(results).map(typed)].join("\n");
}
