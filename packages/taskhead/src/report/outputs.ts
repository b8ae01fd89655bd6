import type { DataSummary, Metric, OutputResult } from "@taskhead/core/internals";
import { capital, count, finite, formatScore, significant } from "../words/format.js";
import { outputNouns, ownMetric } from "../words/subject.js";
import { escapeHtml } from "./escape.js";
import { meter, table } from "./tables.js";

/** Lowest score first; those without one, of which too little was measured, at the end. */
function lowestFirst(outputs: readonly OutputResult[]): OutputResult[] {
  return outputs.toSorted((a, b) => (finite(a.score) ?? Infinity) - (finite(b.score) ?? Infinity));
}

/** Every label or number of the winner, lowest score first. */
export function outputTable(
  outputs: readonly OutputResult[],
  { data, metric }: { data: Pick<DataSummary, "objective" | "sample">; metric: Metric },
): string {
  const noun = outputNouns[data.objective];
  return table<OutputResult>({
    caption: `Every ${noun}, lowest score first`,
    rows: lowestFirst(outputs),
    groups: [
      {
        name: "",
        columns: [
          { head: capital(noun), cell: (row) => `<bdi>${escapeHtml(row.name)}</bdi>`, text: true },
          {
            head: data.objective === "segmentation" ? "Pixels" : escapeHtml(capital(`${data.sample}s`)),
            cell: (row) => count(row.measured),
          },
          { head: escapeHtml(ownMetric(metric)), cell: (row) => meter(row.score, formatScore(row.score, metric)) },
          ...(data.objective === "regression"
            ? [{ head: "RMSE", cell: (row: OutputResult) => significant(row.error) }]
            : []),
        ],
      },
    ],
  });
}
