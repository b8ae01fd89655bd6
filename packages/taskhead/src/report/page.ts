import { blendsSection } from "./blends.js";
import { isClassified } from "./classified.js";
import { cells, classTable, confusionTable, MAX_CLASSES, shares } from "./classes.js";
import { outputTable } from "./outputs.js";
import { calibrationSentences } from "../words/calibration.js";
import { convergenceSentences } from "../words/convergence.js";
import { adaptationCharts } from "./charts/adaptation.js";
import { calibrationCharts } from "./charts/calibration.js";
import { courseCharts, curveCharts, curveLegend } from "./charts/curves.js";
import { projectionCharts, projectionLegend } from "./charts/projection.js";
import { probingCharts } from "./charts/probing.js";
import { scoreCharts } from "./charts/score.js";
import { escapeHtml, prose } from "./escape.js";
import { openingPicture } from "./opening.js";
import type { Pictures } from "./pictures.js";
import {
  capital,
  count,
  fixed,
  formatScore,
  percent,
  plain,
  plural,
  significant,
  tauEquals,
  tauSymbol,
} from "../words/format.js";
import { leftOutInWords } from "../data/left-out.js";
import { shownPlace } from "../files/hub-address.js";
import { outputNouns, outputTitles, unitNoun } from "../words/subject.js";
import { boundSentence } from "../words/bound.js";
import { peakInWords } from "../words/peak.js";
import { dialSentence } from "../words/dial.js";
import { forecastSentence } from "../words/forecast.js";
import { foldsSection } from "./folds.js";
import { guideSection } from "./guide.js";
import { figures, htmlPage, moment, section } from "./html.js";
import { labelsSection } from "./labels.js";
import { layersPart } from "./layers.js";
import { lengthsSection } from "./lengths.js";
import { mistakes } from "./mistakes.js";
import { outcomeOf } from "./outcome/outcome.js";
import { reading } from "./reading.js";
import { reproduceSection } from "./reproduce.js";
import type { Tau, TuneResults } from "@taskhead/core";
import {
  dataNotes,
  type Peak,
  peakOverEnergy,
  type BestRun,
  type DataSummary,
  type SetSummary,
} from "@taskhead/core/internals";
import { adaptationTable, comparisonTable, forecastTable, probingTable, summaryTable } from "./tables.js";
import { entityShares, typeTable } from "./types.js";

/** What the runs differ in: τ, or the energy that one head was brought to. */
function symbolOf({ rows }: TuneResults): string {
  return tauSymbol(rows.map((row) => row.tau));
}

/** The same as a noun. */
function startsOf(results: TuneResults): "taus" | "energies" {
  return symbolOf(results) === "τ" ? "taus" : "energies";
}

/** The whole page. */
export function page(results: TuneResults, pictures: Pictures | null = null): string {
  return htmlPage({
    title: outcomeOf(results).title,
    taus: results.rows.length,
    version: results.taskheadVersion,
    createdAt: results.createdAt,
    sections: [
      outcome(results),
      foldsSection(results),
      mistakes(results.best, results.data, pictures),
      labelsSection(results, pictures),
      byOutput(results),
      howToRead(results),
      guideSection(results),
      summary(results),
      blendsSection(results),
      scores(results),
      probing(results),
      adaptation(results),
      curves(results),
      course(results),
      calibration(results),
      lengthsSection(results.data),
      settings(results),
    ],
  });
}

function outcome(results: TuneResults): string {
  const { title, lead, caveats } = outcomeOf(results);
  const { backbone, data } = results;
  const items = caveats.map((caveat) => `<li>${prose(caveat)}</li>`).join("");
  return `<section id="outcome" class="open" aria-labelledby="outcome-title">
<p class="kicker">taskhead tune · ${escapeHtml(backbone.file)} on ${escapeHtml(data.train.path ? shownPlace(data.train.path) : `${data.train.count} ${data.sample}s`)} · ${escapeHtml(moment(results.createdAt))}</p>
<h1 id="outcome-title">${escapeHtml(title)}</h1>
<p class="headline">${prose(lead)}</p>
${openingPicture(results)}
${items ? `<ul class="caveats">${items}</ul>` : ""}
</section>`;
}

function summary(results: TuneResults): string {
  const { headline, comparisons } = outcomeOf(results);
  const compared = comparisons.length > 0 ? comparisonTable(comparisons, results) : "";
  const body = `<p>${prose(headline)}</p>${compared}<h3>Every ${symbolOf(results)} that was fine-tuned</h3>${summaryTable(results)}`;
  return section("summary", "Summary in numbers", body);
}

function howToRead({ data, rows }: TuneResults): string {
  return section(
    "reading",
    "How to read this",
    `<div class="columns">${reading(
      data,
      rows.some((row) => row.dial),
    )}</div>`,
  );
}

function scores(results: TuneResults): string {
  const { metric, data, rows } = results;
  // Of one run the opening has it all.
  if (rows.length < 2) return "";
  const name = escapeHtml(metric.name);
  const intro = `<p>${capital(name)} on the ${samples(data, "validation")}. The ${startsOf(results)} stand evenly
spaced, whatever their size.</p>`;
  return section("scores", `Validation ${name} against ${symbolOf(results)}`, intro + figures(scoreCharts(results)));
}

function probing(results: TuneResults): string {
  const blocks = results.backbone.reinitialisedBlocks;
  const learns =
    blocks === 0
      ? "The head alone learns; the backbone stands still."
      : `The head learns, and the backbone's last ${blocks === 1 ? "block, which started afresh and belongs" : `${blocks} blocks, which started afresh and belong`} to it; what lies below stands still. ‖W‖ is of the layers behind ${blocks === 1 ? "that block" : "those blocks"}.`;
  const intro = `<p>${[learns, "What fine-tuning starts from.", ...convergenceSentences(results.probing), dialSentence(results.rows)].join(" ")}</p>`;
  const body = intro + figures(probingCharts(results)) + probingTable(results);
  return section("probing", `Energy and ${escapeHtml(results.metric.name)} during head probing`, body);
}

function adaptation(results: TuneResults): string {
  const missing = results.rows.filter((row) => row.diverged).map((row) => row.tau);
  const lost =
    missing.length > 0
      ? ` ${tauEquals(...missing)} diverged: where its features are not finite numbers, it has no point.`
      : "";
  const several = results.rows.length > 1;
  const drawn = several
    ? `, each point a run, labelled with its ${symbolOf(results)} and joined in the order
of energy`
    : "";
  const intro = `<p>How far fine-tuning moved the features${drawn}. Before fine-tuning the features of a training ${escapeHtml(unitNoun(results.data))} have length ${significant(results.featureNorm)} on
average${results.backbone.reinitialisedBlocks > 0 ? `; they are what the blocks that started afresh read, ${results.backbone.width} numbers each, the same for every ${symbolOf(results)}` : ""}.${lost}</p>`;
  const more = [boundSentence(results.rows), ...peakTexts(results)].flatMap((text) => (text ? [escapeHtml(text)] : []));
  const said = more.length > 0 ? `<p>${more.join(" ")}</p>` : "";
  const judged = forecastSentence(results);
  const forecast = judged ? forecastTable(results) + `<p>${judged}</p>` : "";
  const tables = adaptationTable(results) + said + forecast + layersPart(results);
  const body = intro + (several ? figures(adaptationCharts(results)) : "") + tables;
  return section("adaptation", `Feature adaptation${several ? " against energy" : ""}`, body);
}

/** Whether dot product and length first grow with energy, then fall: one seed with few taus rarely tells. */
function peakTexts(results: TuneResults): string[] {
  const { rows, featureNorm } = results;
  const of = (measure: "dot" | "norm"): Peak<Tau> =>
    peakOverEnergy([{ featureNorm, runs: rows.map((row) => ({ ...row, value: row[measure] })) }]);
  const peaks = { dot: of("dot"), norm: of("norm") };
  if (rows.length < 3 || peaks.dot.seeds[0]!.at === null) return [];
  return [
    `As energy grows, the dot product ${peakInWords(peaks.dot)}; the length ${peakInWords(peaks.norm)}. Four ${startsOf(results)} on each side of the top are the least that could be told from chance in one seed; several run folders given to taskhead guide are tested by their signs.`,
  ];
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
  const intro = `<p>A line per ${symbolOf(results)}; the dot is the epoch that was chosen. Each plot has its own scale.${diverged}</p>
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
  const intro = `<p>How the validation features move from epoch to epoch; a line per ${symbolOf(results)}, coloured as above. Coherence is 1
where all ${escapeHtml(unitNoun(results.data))}s' features move alike, and near 0 where their ways cancel.${moved}</p>`;
  const { best, data } = results;
  const seen = best
    ? `<h3>The winner's features in two dimensions</h3><p>One projection, fitted on before and after together.</p>${projectionLegend(best, data)}${figures(projectionCharts(best, data))}`
    : "";
  return section("course", "Features and head during fine-tuning", intro + figures(courseCharts(results)) + seen);
}

function calibration({ best, data }: TuneResults): string {
  if (data.objective !== "classification") return "";
  if (best === null) return section("calibration", "Calibration", nothing);
  if (!isClassified(best)) return "";
  const intro = `<p>${escapeHtml(plain(calibrationSentences(best.calibration, data)))}</p>`;
  return section("calibration", "Calibration", intro + figures(calibrationCharts(best.calibration, data.sample)));
}

const nothing = "<p>No run gave a finite result, so there is nothing to show.</p>";

/** What the score is made of: classes, types of entities, labels or numbers. */
function byOutput(results: TuneResults): string {
  switch (results.data.objective) {
    case "classification":
      return classes(results);
    case "token-classification":
      return types(results);
    default:
      return outputs(results);
  }
}

/** Nothing of tags that name no entities. */
function types({ best, data, metric }: TuneResults): string {
  if (best === null) return section("types", "Type by type", nothing);
  const { set, score, found } = judged(best);
  if (!found.classes) return "";
  const intro = `<p>On the ${samples(data, set)}: ${escapeHtml(metric.name)} ${formatScore(score, metric)}. ${entityShares}</p>`;
  return section("types", "Type by type", `${intro}<div class="tall">${typeTable(found.classes)}</div>`);
}

function classes({ best, data }: TuneResults): string {
  if (best === null) return section("classes", "Class by class", nothing);
  if (!isClassified(best)) return "";
  const { set, score, found } = judged(best);
  if (!found.classes || !found.confusion) return "";
  const own = { classes: found.classes, confusion: found.confusion };
  const matrix = confusionTable(own);
  const shown = matrix
    ? `<h3>Confusion matrix</h3><p>${cells(`${set} ${data.sample}`)}</p>${matrix}`
    : `<p>There is no confusion matrix for more than ${MAX_CLASSES} classes; the table names each class's most frequent mistake.</p>`;
  const intro = `<p>On the ${samples(data, set)}, of which ${percent(score)} are right. ${shares(data.sample)}</p>`;
  return section(
    "classes",
    "Class by class",
    `${intro}<div class="tall">${classTable(own, data.sample)}</div>${shown}`,
  );
}

/** The winner on test samples, where there are any, else on those that chose it. */
function judged(best: BestRun) {
  return best.onTest !== null && best.testScore !== null
    ? { set: "test" as const, score: best.testScore, found: best.onTest }
    : { set: "validation" as const, score: best.validationScore, found: best };
}

/** The labels of several, or the numbers. */
function outputs(results: TuneResults): string {
  const { best, data, metric } = results;
  const noun = outputNouns[data.objective];
  const title = `${capital(noun)} by ${noun}`;
  if (best === null) return section("outputs", title, nothing);
  const { set, score, found } = judged(best);
  if (!found.outputs) return section("outputs", title, nothing);
  const guessing = metric.chance > 0 ? ` Guessing gets ${formatScore(metric.chance, metric)}.` : "";
  const unit = data.objective === "regression" ? ` RMSE is in each number's own unit.` : "";
  const intro = `<p>On the ${samples(data, set)}: ${escapeHtml(metric.name)} ${formatScore(score, metric)}.${guessing}${unit}
${data.objective === "segmentation" ? "IoU of each class, from one count over all pixels that are labelled." : `The column of ${escapeHtml(data.sample)}s counts those for which it is known.`}</p>`;
  return section("outputs", title, `${intro}<div class="tall">${outputTable(found.outputs, results)}</div>`);
}

/** "2,000 validation images", as HTML. */
function samples(data: DataSummary, set: "validation" | "test"): string {
  return escapeHtml(plural(data[set]?.count ?? 0, `${set} ${data.sample}`));
}

function settings({ backbone, data, ...made }: TuneResults): string {
  const facts: [string, string][] = [
    ["Backbone", backbone.file],
    ["Features", backbone.found],
    ["Parameters", count(backbone.parameters)],
    [`Training ${data.sample}s`, describeSet(data.train, data)],
    [`Validation ${data.sample}s`, describeSet(data.validation, data)],
    [`Test ${data.sample}s`, data.test ? describeSet(data.test, data) : "none given"],
    ...data.ood.map((set): [string, string] => [`Out-of-distribution ${data.sample}s`, describeSet(set, data)]),
    [outputTitles[data.objective], outputNames(data)],
    ...dataNotes(data).map((note): [string, string] => ["Note", capital(note)]),
  ];
  return reproduceSection(facts, made);
}

function describeSet(set: SetSummary, { validation, sample }: DataSummary): string {
  const unread = set.skipped > 0 ? `; ${count(set.skipped)} skipped` : "";
  const origin = set.path ? shownPlace(set.path) : set === validation ? `split from the training ${sample}s` : "";
  const leftOut = (set.leftOut ?? []).map((one) => `; ${leftOutInWords(one)}`).join("");
  return `${count(set.count)}${origin && ", "}${origin}${unread}${leftOut}`;
}

function outputNames({ outputs: names }: DataSummary): string {
  const shown = names.slice(0, MAX_CLASSES).join(", ");
  return `${count(names.length)}: ${shown}${names.length > MAX_CLASSES ? ", …" : ""}`;
}
