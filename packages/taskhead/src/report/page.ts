import { isClassified } from "./classified.js";
import { accuracyCharts } from "./charts/accuracy.js";
import { convergenceSentence } from "./convergence.js";
import { adaptationCharts } from "./charts/adaptation.js";
import { calibrationCharts } from "./charts/calibration.js";
import { classChart, confusionChart, FEW_CLASSES, MAX_CLASSES } from "./charts/classes.js";
import { courseCharts, curveCharts, curveLegend } from "./charts/curves.js";
import { projectionCharts } from "./charts/projection.js";
import { probingCharts } from "./charts/probing.js";
import { count, escapeHtml, fixed, list, MISSING, percent, plural, significant, tau, tauEquals } from "./format.js";
import { forecastSentence } from "./forecast.js";
import { guideSection } from "./guide.js";
import { definitions, figure, figures, htmlPage, moment, section } from "./html.js";
import { outcomeOf } from "./outcome.js";
import { reading } from "./reading.js";
import type { CalibrationPair, DataSummary, TuneResults } from "@taskhead/core";
import {
  adaptationTable,
  classTable,
  comparisonTable,
  forecastTable,
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
      howToRead(),
      accuracy(results),
      probing(results),
      adaptation(results),
      curves(results),
      course(results),
      classes(results),
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
<p class="kicker">taskhead tune · ${escapeHtml(backbone.file)} on ${escapeHtml(data.train.path ?? "")} · ${escapeHtml(moment(results.createdAt))}</p>
<h1 id="outcome-title">${escapeHtml(title)}</h1>
<p class="headline">${escapeHtml(headline)}</p>
${comparisons.length > 0 ? comparisonTable(comparisons) : ""}
${items ? `<ul class="caveats">${items}</ul>` : ""}
</section>`;
}

function summary(results: TuneResults): string {
  return section("summary", "Summary", summaryTable(results) + otherRatesTable(results));
}

function howToRead(): string {
  return section("reading", "How to read this", `<div class="columns">${reading}</div>`);
}

function accuracy(results: TuneResults): string {
  const intro = `<p>Accuracy on the ${plural(results.data.validation.count, "validation image")}. The taus stand evenly
spaced, whatever their size.</p>`;
  return section("accuracy-section", "Validation accuracy against τ", intro + figures(accuracyCharts(results)));
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
  return section("probing", "Energy and accuracy during head probing", body);
}

function adaptation(results: TuneResults): string {
  const missing = results.rows.filter((row) => row.diverged).map((row) => tau(row.tau));
  const lost =
    missing.length > 0
      ? ` τ = ${list(missing)} diverged: where its features are not finite numbers, it has no point.`
      : "";
  const intro = `<p>How far fine-tuning moved the features, each point a run, labelled with its τ and joined in the order
of energy. Before fine-tuning the features of a training image have length ${significant(results.featureNorm)} on
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
  return section("curves", "Loss and accuracy during fine-tuning", intro + figures(curveCharts(results)));
}

function course(results: TuneResults): string {
  const shift = results.batchNormShift;
  const moved = shift
    ? ` BatchNorm was trained: the batches' statistics alone, in an epoch at rate 0, move the features by ${significant(shift.euclidean)} (cosine ${fixed(shift.cosine, 3)}), evaluated as always with the running statistics.`
    : "";
  const intro = `<p>How the validation features move from epoch to epoch; a line per τ, coloured as above. Coherence is 1
where all images' features move alike, and near 0 where their ways cancel.${moved}</p>`;
  const { best, data } = results;
  const seen = best
    ? `<h3>The winner's features in two dimensions</h3><p>One projection, fitted on before and after together.</p>${figures(projectionCharts(best, data))}`
    : "";
  return section("course", "Features and head during fine-tuning", intro + figures(courseCharts(results)) + seen);
}

function calibration({ best, data }: TuneResults): string {
  if (best === null) return section("calibration", "Calibration", nothing);
  if (!isClassified(best)) return "";
  const { temperature, validation, test } = best.calibration;
  const change = ({ before, after }: CalibrationPair): string =>
    `${percent(before.ece)}, and ${percent(after.ece)} at temperature ${fixed(temperature, 2)} (cross-entropy ${fixed(before.nll, 3)} and ${fixed(after.nll, 3)})`;
  const unseen = test && data.test ? ` On the ${plural(data.test.count, "test image")}: ${change(test)}.` : "";
  const intro = `<p>Whether the winner is right as often as it says. Expected calibration error, 15 bins: ${change(validation)}.
The temperature was fitted on these validation images, so the second number flatters.${unseen} The exported model gives
logits as trained: divide them by the temperature before the softmax to use it.</p>`;
  return section("calibration", "Calibration", intro + figures(calibrationCharts(best.calibration)));
}

const nothing = "<p>No run gave a finite result, so there is nothing to show.</p>";

function classes({ best, data }: TuneResults): string {
  if (best === null) return section("classes", "Class by class", nothing);
  if (!isClassified(best)) return "";
  const matrix = confusionChart(best);
  const many = best.classes.length > FEW_CLASSES;
  const without = matrix
    ? ""
    : ` There is no confusion matrix for more than ${MAX_CLASSES} classes; the table names each class's most frequent mistake.`;
  const intro = `<p>The winner (${tauEquals(best.tau)}, epoch ${tau(best.epoch)}) on the
${plural(data.validation.count, "validation image")}: ${percent(best.validationScore)} right.${without}</p>`;
  const body = `<div class="charts">${figure(classChart(best), many)}<div class="tall${many ? " wide" : ""}">${classTable(best)}</div>
${matrix ? figure(matrix, true) : ""}</div>`;
  return section("classes", "Class by class", intro + body);
}

function settings({ backbone, data, options, command }: TuneResults): string {
  const network = definitions([
    ["Backbone", backbone.file],
    ["Features", `${backbone.features}, ${plural(backbone.width, "number")} per image. ${backbone.found}`],
    ["Parameters", count(backbone.parameters)],
    ["Training images", imageSet(data.train)],
    ["Validation images", imageSet(data.validation)],
    ["Test images", data.test ? imageSet(data.test) : "none given"],
    ...data.ood.map((set): [string, string] => ["Out-of-distribution images", imageSet(set)]),
    ["Classes", classNames(data)],
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

function imageSet({ path, count: images, skipped }: DataSummary["validation"]): string {
  const unread = skipped > 0 ? `; ${count(skipped)} skipped` : "";
  return `${count(images)}, ${path ?? "split from the training images"}${unread}`;
}

function classNames({ outputs: names }: DataSummary): string {
  const shown = names.slice(0, MAX_CLASSES).join(", ");
  return `${count(names.length)}: ${shown}${names.length > MAX_CLASSES ? ", …" : ""}`;
}
