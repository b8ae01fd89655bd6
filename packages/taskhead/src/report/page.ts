import { isClassified } from "./classified.js";
import { convergenceSentence } from "../words/convergence.js";
import { adaptationCharts } from "./charts/adaptation.js";
import { calibrationCharts } from "./charts/calibration.js";
import { classChart, confusionChart, FEW_CLASSES, MAX_CLASSES } from "./charts/classes.js";
import { courseCharts, curveCharts, curveLegend } from "./charts/curves.js";
import { projectionCharts } from "./charts/projection.js";
import { outputChart } from "./charts/outputs.js";
import { probingCharts } from "./charts/probing.js";
import { scoreCharts } from "./charts/score.js";
import { escapeHtml } from "./escape.js";
import {
  capital,
  count,
  fixed,
  formatScore,
  list,
  MISSING,
  percent,
  plural,
  significant,
  tau,
  tauEquals,
} from "../words/format.js";
import { leftOutInWords } from "../images/left-out.js";
import { outputNouns, outputTitles } from "../words/subject.js";
import { forecastSentence } from "../words/forecast.js";
import { guideSection } from "./guide.js";
import { definitions, figure, figures, htmlPage, moment, section } from "./html.js";
import { outcomeOf } from "./outcome.js";
import { reading } from "./reading.js";
import type { TuneResults } from "@taskhead/core";
import type { CalibrationPair, DataSummary, SetSummary } from "@taskhead/core/internals";
import {
  adaptationTable,
  classTable,
  comparisonTable,
  forecastTable,
  outputTable,
  otherRatesTable,
  probingTable,
  summaryTable,
} from "./tables.js";

/** The whole page. */
export function page(results: TuneResults): string {
  return htmlPage({
    title: outcomeOf(results).title,
    taus: results.rows.length,
    version: results.taskheadVersion,
    createdAt: results.createdAt,
    sections: [
      outcome(results),
      guideSection(results),
      summary(results),
      howToRead(results),
      scores(results),
      probing(results),
      adaptation(results),
      curves(results),
      course(results),
      results.data.objective === "classification" ? classes(results) : outputs(results),
      calibration(results),
      settings(results),
    ],
  });
}

function outcome(results: TuneResults): string {
  const { title, headline, comparisons, caveats } = outcomeOf(results);
  const { backbone, data } = results;
  const items = caveats.map((caveat) => `<li>${escapeHtml(caveat)}</li>`).join("");
  return `<section id="outcome" class="open" aria-labelledby="outcome-title">
<p class="kicker">taskhead tune · ${escapeHtml(backbone.file)} on ${escapeHtml(data.train.path ?? `${data.train.count} ${data.sample}s`)} · ${escapeHtml(moment(results.createdAt))}</p>
<h1 id="outcome-title">${escapeHtml(title)}</h1>
<p class="headline">${escapeHtml(headline)}</p>
${comparisons.length > 0 ? comparisonTable(comparisons, results) : ""}
${items ? `<ul class="caveats">${items}</ul>` : ""}
</section>`;
}

function summary(results: TuneResults): string {
  return section("summary", "Summary", summaryTable(results) + otherRatesTable(results));
}

function howToRead({ data }: TuneResults): string {
  return section("reading", "How to read this", `<div class="columns">${reading(data)}</div>`);
}

function scores(results: TuneResults): string {
  const { metric, data } = results;
  const name = escapeHtml(metric.name);
  const intro = `<p>${capital(name)} on the ${samples(data, "validation")}. The taus stand evenly
spaced, whatever their size.</p>`;
  return section("scores", `Validation ${name} against τ`, intro + figures(scoreCharts(results)));
}

function probing(results: TuneResults): string {
  const blocks = results.backbone.reinitialisedBlocks;
  const learns =
    blocks === 0
      ? "The head alone learns; the backbone stands still."
      : `The head learns, with the backbone's last ${blocks === 1 ? "block" : `${blocks} blocks`}, which started afresh; what lies below stands still.`;
  const { convergence } = results.probing.at(-1) ?? {};
  const optimum = convergence ? ` ${convergenceSentence(convergence)}` : "";
  const intro = `<p>${learns} What fine-tuning starts from.${optimum}</p>`;
  const body = intro + figures(probingCharts(results)) + probingTable(results);
  return section("probing", `Energy and ${escapeHtml(results.metric.name)} during head probing`, body);
}

function adaptation(results: TuneResults): string {
  const missing = results.rows.filter((row) => row.diverged).map((row) => tau(row.tau));
  const lost =
    missing.length > 0
      ? ` τ = ${list(missing)} diverged: where its features are not finite numbers, it has no point.`
      : "";
  const intro = `<p>How far fine-tuning moved the features, each point a run, labelled with its τ and joined in the order
of energy. Before fine-tuning the features of a training ${escapeHtml(results.data.sample)} have length ${significant(results.featureNorm)} on
average${results.backbone.reinitialisedBlocks > 0 ? " (after the longest probing: with blocks that started afresh, z_0 differs from τ to τ, and each run is compared with its own)" : ""}.${lost}</p>`;
  const judged = forecastSentence(results);
  const forecast = judged ? forecastTable(results) + `<p>${judged}</p>` : "";
  const body = intro + figures(adaptationCharts(results)) + adaptationTable(results) + forecast;
  return section("adaptation", "Feature adaptation against energy", body);
}

function curves(results: TuneResults): string {
  const items = curveLegend(results).map(
    ({ name, color, winner }) =>
      `<li${winner ? ' class="winner"' : ""}><svg viewBox="0 0 22 8" aria-hidden="true">` +
      `<path d="M0 4H22" stroke="${color}" stroke-width="${winner ? 4 : 3}"/></svg>${name}</li>`,
  );
  const diverged = results.rows.some((row) => row.diverged)
    ? " The line of a run that diverged ends where its numbers do, or leaves the plot: the scale is that of the sound runs."
    : "";
  const intro = `<p>A line per τ; the dot is the epoch that was chosen. Each plot has its own scale.${diverged}</p>
<ul class="legend">${items.join("")}</ul>`;
  return section(
    "curves",
    `Loss and ${escapeHtml(results.metric.name)} during fine-tuning`,
    intro + figures(curveCharts(results)),
  );
}

function course(results: TuneResults): string {
  const shift = results.batchNormShift;
  const moved = shift
    ? ` BatchNorm was trained: the batches' statistics alone, in an epoch at rate 0, move the features by ${significant(shift.euclidean)} (cosine ${fixed(shift.cosine, 3)}), evaluated as always with the running statistics.`
    : "";
  const intro = `<p>How the validation features move from epoch to epoch; a line per τ, coloured as above. Coherence is 1
where all ${escapeHtml(results.data.sample)}s' features move alike, and near 0 where their ways cancel.${moved}</p>`;
  const { best, data } = results;
  const seen = best
    ? `<h3>The winner's features in two dimensions</h3><p>One projection, fitted on before and after together.</p>${figures(projectionCharts(best, data))}`
    : "";
  return section("course", "Features and head during fine-tuning", intro + figures(courseCharts(results)) + seen);
}

function calibration({ best, data }: TuneResults): string {
  if (data.objective !== "classification") return "";
  if (best === null) return section("calibration", "Calibration", nothing);
  if (!isClassified(best)) return "";
  const { temperature, validation, test } = best.calibration;
  const change = ({ before, after }: CalibrationPair): string =>
    `${percent(before.ece)}, and ${percent(after.ece)} at temperature ${fixed(temperature, 2)} (cross-entropy ${fixed(before.nll, 3)} and ${fixed(after.nll, 3)})`;
  const unseen = test && data.test ? ` On the ${samples(data, "test")}: ${change(test)}.` : "";
  const intro = `<p>Whether the winner is right as often as it says. Expected calibration error, 15 bins: ${change(validation)}.
The temperature was fitted on these validation ${escapeHtml(data.sample)}s, so the second number flatters.${unseen} The exported model gives
logits as trained: divide them by the temperature before the softmax to use it.</p>`;
  return section("calibration", "Calibration", intro + figures(calibrationCharts(best.calibration, data.sample)));
}

const nothing = "<p>No run gave a finite result, so there is nothing to show.</p>";

function classes({ best, data }: TuneResults): string {
  if (best === null) return section("classes", "Class by class", nothing);
  if (!isClassified(best)) return "";
  const matrix = confusionChart(best, data.sample);
  const many = best.classes.length > FEW_CLASSES;
  const without = matrix
    ? ""
    : ` There is no confusion matrix for more than ${MAX_CLASSES} classes; the table names each class's most frequent mistake.`;
  const intro = `<p>The winner (${tauEquals(best.tau)}, epoch ${tau(best.epoch)}) on the
${samples(data, "validation")}: ${percent(best.validationScore)} right.${without}</p>`;
  const body = `<div class="charts">${figure(classChart(best, data.sample), many)}<div class="tall${many ? " wide" : ""}">${classTable(best, data.sample)}</div>
${matrix ? figure(matrix, true) : ""}</div>`;
  return section("classes", "Class by class", intro + body);
}

/** The labels of several, or the numbers. */
function outputs(results: TuneResults): string {
  const { best, data, metric } = results;
  const noun = outputNouns[data.objective];
  const title = `${capital(noun)} by ${noun}`;
  if (!best?.outputs) return section("outputs", title, nothing);
  const many = best.outputs.length > FEW_CLASSES;
  const intro = `<p>The winner (${tauEquals(best.tau)}, epoch ${tau(best.epoch)}) on the ${samples(data, "validation")}:
${escapeHtml(metric.name)} ${formatScore(best.validationScore, metric)}.</p>`;
  const table = `<div class="tall${many ? " wide" : ""}">${outputTable(best.outputs, results)}</div>`;
  const body = `<div class="charts">${figure(outputChart(best.outputs, results), many)}${table}</div>`;
  return section("outputs", title, intro + body);
}

/** "2,000 validation images", as HTML. */
function samples(data: DataSummary, set: "validation" | "test"): string {
  return escapeHtml(plural(data[set]?.count ?? 0, `${set} ${data.sample}`));
}

function settings({ backbone, data, options, command }: TuneResults): string {
  const network = definitions([
    ["Backbone", backbone.file],
    ["Features", `${backbone.features}, ${plural(backbone.width, "number")} per ${data.sample}. ${backbone.found}`],
    ["Parameters", count(backbone.parameters)],
    [`Training ${data.sample}s`, describeSet(data.train, data)],
    [`Validation ${data.sample}s`, describeSet(data.validation, data)],
    [`Test ${data.sample}s`, data.test ? describeSet(data.test, data) : "none given"],
    ...data.ood.map((set): [string, string] => [`Out-of-distribution ${data.sample}s`, describeSet(set, data)]),
    [outputTitles[data.objective], outputNames(data)],
  ]);
  const values = Object.entries(options).map(([name, value]): [string, string] => [
    name,
    value === null ? MISSING : String(value),
  ]);
  return section(
    "settings",
    "Settings and how to reproduce",
    `${network}<h3>Options</h3>${definitions(values, "options")}<h3>Command</h3><pre><code>${escapeHtml(command)}</code></pre>`,
  );
}

function describeSet(set: SetSummary, { validation, sample }: DataSummary): string {
  const unread = set.skipped > 0 ? `; ${count(set.skipped)} skipped` : "";
  const origin = set.path ?? (set === validation ? `split from the training ${sample}s` : "");
  const leftOut = (set.leftOut ?? []).map((one) => `; ${leftOutInWords(one)}`).join("");
  return `${count(set.count)}${origin && ", "}${origin}${unread}${leftOut}`;
}

function outputNames({ outputs: names }: DataSummary): string {
  const shown = names.slice(0, MAX_CLASSES).join(", ");
  return `${count(names.length)}: ${shown}${names.length > MAX_CLASSES ? ", …" : ""}`;
}
