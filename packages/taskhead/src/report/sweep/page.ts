import { escapeHtml } from "../escape.js";
import { count, fixed, MISSING, percent, percentNumber, plural, significant, tau } from "../../words/format.js";
import { definitions, figures, htmlPage, moment, section } from "../html.js";
import { table, type Column } from "../tables.js";
import { sweepCharts } from "./charts.js";
import type { SweepResults, SweepRow } from "./results.js";
import { headlineOf, shareOfFullGrid, standingOf } from "./words.js";

/** The whole page. */
export function sweepPage(results: SweepResults): string {
  return htmlPage({
    title: headlineOf(results),
    taus: 1,
    version: results.taskheadVersion,
    createdAt: results.createdAt,
    sections: [outcome(results), candidates(results), charts(results), settings(results)],
  });
}

function outcome(results: SweepResults): string {
  const { backbone, data, best, seeds } = results;
  const test =
    best?.testScore == null
      ? ""
      : ` On ${plural(data.test!.count, "test image")}, which chose nothing, the exported model is right on ${percent(best.testScore)}.`;
  const exported = best === null ? "" : ` The exported model is that of seed ${best.seed}, epoch ${best.epoch}.${test}`;
  return `<section id="outcome" class="open" aria-labelledby="outcome-title">
<p class="kicker">taskhead sweep · ${escapeHtml(backbone.file)} on ${escapeHtml(data.train.path ?? "")} · ${escapeHtml(moment(results.createdAt))}</p>
<h1 id="outcome-title">${escapeHtml(headlineOf(results))}</h1>
<p class="headline">${plural(results.rows.length, "candidate")}, ${plural(seeds.length, "seed")} each, chosen on
${plural(data.validation.count, "validation image")}.${escapeHtml(exported)}</p>
<ul class="caveats"><li>${escapeHtml(shareOfFullGrid(results))}</li>
<li>The winner was chosen on the images that its accuracy is shown for, which flatters it.</li>
${seeds.length < 3 ? "<li>Fewer than three seeds say little of the spread: give more with --seeds.</li>" : ""}</ul>
</section>`;
}

function candidates(results: SweepResults): string {
  const images = plural(results.data.validation.count, "validation image");
  const noise =
    results.seeds.length > 1
      ? "Student's 95 % interval over paired seeds"
      : `two standard errors on ${images}, as there is one seed`;
  const intro = `<p>Accuracy is that of the best epoch, mean and standard deviation over the seeds. “Behind” is the
best less this candidate, in points, both after the epochs that this one was trained for, with ${noise}. What holds 0
is within the noise: the order may be chance.</p>`;
  return section("candidates", "Candidates", intro + candidateTable(results));
}

function candidateTable({ rows, best }: SweepResults): string {
  const winner = best === null ? undefined : rows[best.row];
  const sorted = rows.toSorted((a, b) => b.epochs - a.epochs || (b.mean ?? -1) - (a.mean ?? -1));
  const text = (head: string, cell: (row: SweepRow) => string): Column<SweepRow> => ({ head, cell, text: true });
  return table<SweepRow>({
    caption: "Candidates, the longest trained first",
    rows: sorted,
    winner: (row) => row === winner,
    groups: [
      {
        name: "",
        columns: [
          { head: "τ", cell: (row) => tau(row.tau) },
          { head: "Rate", cell: (row) => significant(row.learningRate, 3) },
          text("Method", (row) => escapeHtml(row.method)),
          text("Head", (row) => escapeHtml(row.head)),
          { head: "Smoothing", cell: (row) => String(row.smoothing) },
        ],
      },
      {
        name: "after head probing",
        columns: [
          { head: "Accuracy", cell: (row) => percent(row.probeValidationScore) },
          { head: "Energy", cell: (row) => fixed(row.energy, 3) },
          { head: "‖W‖", cell: (row) => significant(row.headNorm) },
        ],
      },
      {
        name: "after fine-tuning",
        columns: [
          { head: "Epochs", cell: (row) => String(row.epochs) },
          { head: "Accuracy", cell: (row) => percent(row.mean) },
          { head: "±", cell: (row) => percentNumber(row.spread) },
          { head: "Behind", cell: behind },
          text("", (row) => escapeHtml(standingOf(row, winner))),
        ],
      },
    ],
  });
}

function behind({ againstBest: against }: SweepRow): string {
  if (!against) return MISSING;
  const points = (fraction: number) => fixed(100 * fraction, 1);
  return `${points(against.difference)} [${points(against.low)}, ${points(against.high)}]`;
}

function charts(results: SweepResults): string {
  return section("charts", "Accuracy over the grid", figures(sweepCharts(results)));
}

function settings({ backbone, data, options, command, rungs, seeds }: SweepResults): string {
  const facts = definitions([
    ["Backbone", `${backbone.file}, ${plural(backbone.parameters, "parameter")}`],
    ["Training images", count(data.train.count)],
    ["Validation images", count(data.validation.count)],
    ["Test images", data.test ? count(data.test.count) : "none given"],
    ["Classes", count(data.outputs.length)],
    ["Compared after epochs", rungs.join(", ")],
    ["Seeds", seeds.join(", ")],
  ]);
  const values = Object.entries(options).map(([name, value]): [string, string] => [
    name,
    value === null ? MISSING : String(value),
  ]);
  return section(
    "settings",
    "Settings and how to reproduce",
    `${facts}<h3>Options</h3>${definitions(values, "options")}<h3>Command</h3><pre><code>${escapeHtml(command)}</code></pre>`,
  );
}
