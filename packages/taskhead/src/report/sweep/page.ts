import { shownPlace } from "../../files/hub-address.js";
import type { Difference, Metric } from "@taskhead/core/internals";
import {
  capital,
  count,
  fixed,
  formatScore,
  MISSING,
  plural,
  scoreNumber,
  significant,
  tau,
  tauSymbol,
} from "../../words/format.js";
import { outputTitles } from "../../words/subject.js";
import { escapeHtml, prose } from "../escape.js";
import { figures, htmlPage, moment, section } from "../html.js";
import { layersPart } from "../layers.js";
import { mistakes } from "../mistakes.js";
import type { Pictures } from "../pictures.js";
import { reproduceSection } from "../reproduce.js";
import { table, type Column } from "../tables.js";
import { sweepCharts } from "./charts.js";
import type { SweepResults, SweepRow } from "./results.js";
import { candidatesPicture } from "./opening.js";
import { leadOf, peakSentences, shareOfFullGrid, standingOf, titleOf } from "./words.js";

/** The whole page. */
export function sweepPage(results: SweepResults, pictures: Pictures | null = null): string {
  return htmlPage({
    title: titleOf(results),
    taus: 1,
    version: results.taskheadVersion,
    createdAt: results.createdAt,
    sections: [
      outcome(results),
      mistakes(results.best, results.data, pictures),
      candidates(results),
      charts(results),
      blocks(results),
      settings(results),
    ],
  });
}

function outcome(results: SweepResults): string {
  const { backbone, data, best, seeds, metric } = results;
  const { sample } = data;
  const exported = best === null ? "" : ` The exported model is that of seed ${best.seed}, epoch ${best.epoch}.`;
  const seen = data.duplicates?.across.some(({ set }) => set === "test")
    ? `<li>Some of the test ${escapeHtml(sample)}s are in another set too, which flatters the model on them.</li>`
    : "";
  const chosen = `${plural(results.rows.length, "candidate")}, ${plural(seeds.length, "seed")} each, chosen on ${plural(data.validation.count, `validation ${sample}`)}.`;
  return `<section id="outcome" class="open" aria-labelledby="outcome-title">
<p class="kicker">taskhead sweep · ${escapeHtml(backbone.file)} on ${escapeHtml(data.train.path ? shownPlace(data.train.path) : `${data.train.count} ${sample}s`)} · ${escapeHtml(moment(results.createdAt))}</p>
<h1 id="outcome-title">${escapeHtml(titleOf(results))}</h1>
<p class="headline">${prose(leadOf(results))}</p>
${candidatesPicture(results)}
<ul class="caveats"><li>${escapeHtml(chosen + exported)}</li><li>${prose(shareOfFullGrid(results))}.</li>
<li>The winner was chosen on the ${escapeHtml(sample)}s that its ${escapeHtml(metric.name)} is shown for, which flatters it.</li>${seen}
${seeds.length < 3 ? `<li>${prose("Fewer than three seeds say little of the spread: give more with --seeds.")}</li>` : ""}</ul>
</section>`;
}

function candidates(results: SweepResults): string {
  const { metric } = results;
  const intro = `<p>${escapeHtml(capital(metric.name))} is that of the best epoch, mean and standard deviation over the seeds. “Behind” is the
best less this candidate${metric.percent ? ", in points" : ""}, both after the epochs that this one was trained for, ${escapeHtml(intervalOf(results))}. What holds 0
is within the noise: the order may be chance.</p>`;
  return section("candidates", "Candidates", intro + candidateTable(results));
}

/** Of the exported model; empty where no blocks were found. */
function blocks(results: SweepResults): string {
  const part = layersPart(results);
  return part === "" ? "" : section("blocks", "How far the exported model moved", part);
}

/** What the intervals rest on, as a clause. */
function intervalOf({ rows, data, seeds }: SweepResults): string {
  const samples = plural(data.validation.count, `validation ${data.sample}`);
  const clauses: Record<Difference["basis"], string> = {
    seeds: "with Student’s 95 % interval over paired seeds",
    "paired hits": `with a 95 % interval that compares them ${data.sample} by ${data.sample} on ${samples} (McNemar)`,
    "paired contributions": `with a 95 % interval that compares them ${data.sample} by ${data.sample} on ${samples}`,
    "independent samples": `with a 95 % interval from the standard error of the difference on ${samples}`,
    nothing: "without an interval: it was not kept what each sample adds to the score",
  };
  const bases = [...new Set(rows.flatMap(({ againstBest }) => againstBest?.basis ?? []))];
  const text = bases.map((basis) => clauses[basis]).join(", or ");
  return seeds.length > 1 || text === "" ? text : `${text}, as there is one seed`;
}

function candidateTable({ rows, best, metric }: SweepResults): string {
  const winner = best === null ? undefined : rows[best.row];
  const sorted = rows.toSorted((a, b) => b.epochs - a.epochs || (b.mean ?? -1) - (a.mean ?? -1));
  const score = escapeHtml(capital(metric.name));
  const text = (head: string, cell: (row: SweepRow) => string): Column<SweepRow> => ({ head, cell, text: true });
  return table<SweepRow>({
    caption: "Candidates, the longest trained first",
    rows: sorted,
    winner: (row) => row === winner,
    groups: [
      {
        name: "",
        columns: [
          { head: tauSymbol(rows.map((row) => row.tau)), cell: (row) => tau(row.tau) },
          { head: "Rate", cell: (row) => significant(row.learningRate, 3) },
          ...[
            text("Method", (row) => escapeHtml(row.method)),
            text("Head", (row) => escapeHtml(row.head)),
            { head: "Smoothing", cell: (row: SweepRow) => String(row.smoothing) },
          ].filter(({ cell }) => new Set(rows.map(cell)).size > 1),
        ],
      },
      {
        name: "after head probing",
        columns: [
          { head: score, cell: (row) => formatScore(row.probeValidationScore, metric) },
          { head: "Energy", cell: (row) => fixed(row.energy, 3) },
          { head: "‖W‖", cell: (row) => significant(row.headNorm) },
        ],
      },
      {
        name: "after fine-tuning",
        columns: [
          { head: "Epochs", cell: (row) => String(row.epochs) },
          { head: score, cell: (row) => formatScore(row.mean, metric) },
          { head: "±", cell: (row) => scoreNumber(row.spread, metric) },
          { head: "Behind", cell: (row) => behind(row, metric) },
          text("", (row) => escapeHtml(standingOf(row, winner))),
        ],
      },
    ],
  });
}

function behind({ againstBest: against }: SweepRow, metric: Metric): string {
  if (!against) return MISSING;
  const ahead = scoreNumber(against.difference, metric);
  return against.low === null
    ? ahead
    : `${ahead} [${scoreNumber(against.low, metric)}, ${scoreNumber(against.high, metric)}]`;
}

function charts(results: SweepResults): string {
  const peaks = peakSentences(results).map((text) => `<p>${escapeHtml(text)}</p>`);
  const title = `${escapeHtml(capital(results.metric.name))} over the grid`;
  return section("charts", title, [figures(sweepCharts(results)), ...peaks].join("\n"));
}

function settings({ backbone, data, rungs, seeds, ...made }: SweepResults): string {
  const facts: [string, string][] = [
    ["Backbone", `${backbone.file}, ${plural(backbone.parameters, "parameter")}`],
    [`Training ${data.sample}s`, count(data.train.count)],
    [`Validation ${data.sample}s`, count(data.validation.count)],
    [`Test ${data.sample}s`, data.test ? count(data.test.count) : "none given"],
    [outputTitles[data.objective], count(data.outputs.length)],
    ["Compared after epochs", rungs.join(", ")],
    ["Seeds", seeds.join(", ")],
  ];
  return reproduceSection(facts, made);
}
