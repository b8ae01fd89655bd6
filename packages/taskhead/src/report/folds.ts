import type { TuneResults } from "@taskhead/core";
import type { FoldsRow } from "@taskhead/core/internals";
import { foldsSentences, tausInWords } from "../words/folds.js";
import { capital, formatScore, scoreNumber, significant } from "../words/format.js";
import { escapeHtml, prose } from "./escape.js";
import { section } from "./html.js";
import { table } from "./tables.js";

/** What cross-validation found, candidate by candidate and fold by fold; empty of a run without folds. */
export function foldsSection(results: TuneResults): string {
  const { folds, metric } = results;
  if (!folds) return "";
  const { rows, count, refit } = folds;
  const scores = table<FoldsRow>({
    caption: `${capital(metric.name)} of the candidates, fold by fold`,
    rows,
    winner: (row) => row === rows[refit?.chosen ?? -1],
    groups: [
      { name: "", columns: [{ head: "τ", cell: (row) => escapeHtml(tausInWords(row)) }] },
      {
        name: "fold",
        columns: Array.from({ length: count }, (_, fold) => ({
          head: String(fold + 1),
          cell: ({ scores }) => formatScore(scores[fold], metric),
        })),
      },
      {
        name: "all folds",
        columns: [
          { head: "Mean", cell: ({ mean }) => formatScore(mean, metric) },
          { head: "Standard error", cell: ({ error }) => scoreNumber(error, metric) },
          { head: "Rates", cell: ({ learningRates }) => learningRates.map((rate) => significant(rate, 2)).join(", ") },
        ],
      },
    ],
  });
  const sentences = foldsSentences(results).map((text) => `<p>${prose(text)}</p>`);
  const shown = `<p>${prose("Features, their projection and how far blocks moved are those of the exported model, which has seen these samples. Every fold has a report of its own, in its folder beside this page.")}</p>`;
  return section("folds", "Cross-validation", [...sentences, scores, shown].join("\n"));
}
