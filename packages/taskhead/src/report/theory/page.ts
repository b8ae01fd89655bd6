import type { theory } from "@taskhead/core";
import { adaptationMeasures } from "../charts/adaptation.js";
import { escapeHtml } from "../escape.js";
import { fixed, list, short, tau, tauEquals } from "../../words/format.js";
import { commandLine, definitions, figure, figures, htmlPage, moment, section } from "../html.js";
import { table } from "../tables.js";
import { adaptationCharts, errorCharts, openingChart, probingCharts } from "./charts.js";
import { peakSentences, publishedTrends } from "./findings.js";
import type { TheoryReport } from "./results.js";

/** The page of `taskhead theory`: no scripts, no requests. */
export function theoryPage(report: TheoryReport): string {
  return htmlPage({
    title: "the overparameterised linear model",
    taus: report.rows.length,
    version: report.taskheadVersion,
    createdAt: report.createdAt,
    sections: [outcome(report), model(report), errors(report), probing(report), adaptation(report), settings(report)],
  });
}

function outcome(report: TheoryReport): string {
  const { d, h, n, k, angle, seeds } = report.options;
  const { best } = report.findings;
  const unfinished =
    report.unfinished > 0
      ? `<p>${report.unfinished} fine-tuning runs had not come to rest when they were cut off: their numbers are not final.</p>`
      : "";
  return `<section id="outcome" class="open" aria-labelledby="outcome-title">
<p class="kicker">taskhead theory · d = ${d}, h = ${h}, N = ${n}, k = ${k}, B₀ ${angle}° off · ${seeds} tasks · ${escapeHtml(moment(report.createdAt))}</p>
<h1 id="outcome-title">On inputs unlike the training inputs, fine-tuning errs least from ${tauEquals(best.tau)}</h1>
<p class="headline">${escapeHtml(headline(report))}</p>
<div class="card">${figure(openingChart(report))}</div>
${unfinished}
</section>`;
}

function headline({ findings: { best, ends }, options: { seeds } }: TheoryReport): string {
  const others = ends.map(
    (end) => `${fixed(end.error, 3)} from ${tauEquals(end.tau)} (higher in ${end.worse} of ${seeds} tasks)`,
  );
  const against = others.length > 0 ? `, against ${list(others)}` : "";
  return `Head probing trains the new head alone, for a time τ; fine-tuning then trains everything. Probed for ${tauEquals(best.tau)} and then fine-tuned to the end, the network's squared error on test inputs that leave the training span is ${fixed(best.error, 3)} of the squared target${against}. The best τ was picked on these same tasks.`;
}

function model({ options }: TheoryReport): string {
  const { d, h, n, span, angle, headNorm, ood } = options;
  return section(
    "model",
    "The model",
    `<div class="columns"><p><strong>The network</strong> is q = vᵀBx: features z = Bx in ${h} dimensions, a linear head v. Targets come
from such a network without noise. The ${n} training inputs lie in a ${span}-dimensional span of the ${d} input
dimensions, so that many networks fit them.</p>
<p><strong>Pretraining</strong> gave B₀, whose rows stand at ${angle}° to those of the true B in every principal
direction: 0° would be perfect features. The random head starts with ${headNorm} of the true head's norm.</p>
<p><strong>Two stages</strong>, both gradient flow on the mean squared error. Head probing trains v alone for time τ,
computed in closed form; fine-tuning then trains B and v together until they rest, integrated numerically.</p>
<p><strong>Test inputs</strong> either come from the training span, or also have components of standard deviation ${ood}
off it (1 in it). Their expected errors are exact, not sampled. Fine-tuning moves features in the span and the head
that reads them, but not the features of directions off it, which then no longer fit the head: so it distorts what
pretraining knew.</p></div>`,
  );
}

function errors(report: TheoryReport): string {
  const intro = `<p>0 is perfect, 1 is as bad as always answering 0. Each scale is its own.</p>`;
  return section("errors", "Error against τ", intro + figures(errorCharts(report)));
}

function probing(report: TheoryReport): string {
  return section("probing", "What fine-tuning starts from", figures(probingCharts(report)));
}

function adaptation(report: TheoryReport): string {
  const rows = adaptationMeasures.map(({ id, title }) => ({
    title,
    published: publishedTrends[id],
    found: report.findings.trends[id],
  }));
  const trends = table({
    caption: "Trends over energy",
    rows,
    groups: [
      {
        name: "",
        columns: [
          { head: "As energy grows", cell: ({ title }) => title, text: true },
          { head: "Ren et al. 2023", cell: ({ published }) => published, text: true },
          { head: "Here", cell: ({ found }) => found, text: true },
        ],
      },
    ],
  });
  const intro = `<p>How far fine-tuning moved the features of the training inputs, averaged over the tasks; points are
labelled with their τ.</p>`;
  return section(
    "adaptation",
    "Feature adaptation against energy",
    intro + figures(adaptationCharts(report)) + trends + peaks(report) + numbers(report) + scaled(report),
  );
}

function peaks({ findings }: TheoryReport): string {
  const found = peakSentences(findings)
    .map((text) => escapeHtml(text))
    .join("; ");
  return `<p>The trends above are those of the means. Task by task, as energy grows: ${found}. A task shows it where a line
through the points below the break rises and one through those above it falls (two-lines test, Simonsohn 2018); the break
is where the mean of the other tasks is highest.</p>`;
}

function numbers({ rows, findings: { best } }: TheoryReport): string {
  return measured(
    "Every tau, means over the tasks",
    rows,
    { head: "τ", cell: (row) => tau(row.tau) },
    (row) => row.tau === best.tau,
  );
}

/** The head at the end of probing, made shorter; empty where no scales were asked for. */
function scaled({ scaled: rows }: TheoryReport): string {
  if (rows.length === 0) return "";
  const start = { head: "v_∞ times", cell: (row: theory.ScaledRow) => short(row.scale) };
  return `<h3>Energy alone</h3><p>The head that probing ends with, times a factor: its direction stays, and with it how far
outputs and targets go together, so that the rows differ in energy and ‖v‖ alone. Under squared error that changes the fit;
there is no accuracy that it leaves as it was.</p>${measured("The fully probed head, scaled", rows, start)}`;
}

function measured<R extends theory.Averages>(
  caption: string,
  rows: R[],
  start: { head: string; cell: (row: R) => string },
  winner: (row: R) => boolean = () => false,
): string {
  const column = (head: string, measure: keyof theory.Measures) => ({
    head,
    cell: ({ mean }: R) => (mean[measure] < 1e-4 ? "0.000" : fixed(mean[measure], 3)),
  });
  return table<R>({
    caption,
    rows,
    winner,
    groups: [
      { name: "", columns: [start] },
      { name: "after head probing", columns: [column("Energy", "energy"), column("‖v‖", "headNorm")] },
      {
        name: "features, after fine-tuning",
        columns: [
          column("Distance", "euclidean"),
          column("Cosine", "cosine"),
          column("Dot product", "dot"),
          column("Length", "norm"),
        ],
      },
      { name: "error in the span", columns: [column("Probed", "probedError"), column("Fine-tuned", "finetunedError")] },
      {
        name: "error off the span",
        columns: [column("Probed", "probedErrorOod"), column("Fine-tuned", "finetunedErrorOod")],
      },
    ],
  });
}

function settings({ options, command }: TheoryReport): string {
  const values = Object.entries(options).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.map(tau).join(", ") : String(value),
  ]);
  return section(
    "settings",
    "Settings and how to reproduce",
    `${definitions(values, "options")}<h3>Command</h3>${commandLine(command)}`,
  );
}
