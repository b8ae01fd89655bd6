import { labelsKey } from "../run/labels.js";
import { probeFolder, tuneFolder } from "../run/tune.js";
import { guide } from "@taskhead/core";
import type { TuneResults } from "../report/index.js";
import { evidenceOf } from "../results/evidence.js";
import { significant } from "../terminal/format.js";
import { foldsTable } from "../terminal/folds.js";
import { guideText } from "../terminal/guide.js";
import { labelLines } from "../terminal/labels.js";
import { bestLine, blendsLine, copiesLine, probingTable, tuneTable } from "../terminal/results.js";
import { plain, typed } from "../words/format.js";
import { dialSentence } from "../words/dial.js";
import { forecastSentence } from "../words/forecast.js";
import { guideObject } from "../words/guide.js";
import { subjectOf } from "../words/subject.js";
import type { TuneOptions } from "../options/options.js";
import { callerOf, type Context } from "./context.js";

/** `taskhead tune`: the table, or one JSON object, on standard output. */
export async function tuneCommand(options: TuneOptions, context: Context): Promise<TuneResults> {
  const results = await tuneFolder(options, callerOf(context));
  if (options.json) context.print(JSON.stringify(tunedObject(results, options)));
  else printTuned(results, options, context);
  return results;
}

/** What `--json` prints of a run. */
export function tunedObject(results: TuneResults, { out }: Pick<TuneOptions, "out">): object {
  const files = { report: `${out}/report.html`, model: `${out}/model` };
  return { ...results, guide: guideObject([evidenceOf(results)]), ...files };
}

/** What is printed of it otherwise. */
export function printTuned(
  results: TuneResults,
  { out, wide }: Pick<TuneOptions, "out" | "wide">,
  context: Context,
): void {
  const evidence = [evidenceOf(results)];
  const folds = foldsTable(results, wide ? Infinity : context.width);
  if (folds) context.print(`${folds}\n`);
  context.print(tuneTable(results, wide ? Infinity : context.width));
  context.print(`\nmean ‖z‖ before fine-tuning: ${significant(results.featureNorm)}`);
  const dialled = dialSentence(results.rows);
  if (dialled) context.print(typed(dialled));
  const judged = forecastSentence(results);
  if (judged) context.print(plain(judged));
  if (results.best) {
    context.print(bestLine(results));
    const averaged = blendsLine(results);
    if (averaged) context.print(averaged);
    context.print(`model:  ${out}/model`);
    const copies = copiesLine(results);
    if (copies) context.print(copies);
  }
  context.print(`report: ${out}/report.html`);
  const { labels, data } = results;
  if (labels) context.print(labelLines(labels, data.sample, labelsFile({ out }), 0).join("\n"));
  context.print(`\n${guideText(guide(evidence).advice, subjectOf(evidence))}`);
}

function labelsFile({ out }: Pick<TuneOptions, "out">): string {
  return `${out}/${labelsKey}`;
}

/** `taskhead probe`: stops before fine-tuning. */
export async function probeCommand(options: TuneOptions, context: Context): Promise<void> {
  const { results, ...found } = await probeFolder(options, callerOf(context));
  const evidence = [evidenceOf(results)];
  if (options.json) {
    context.print(JSON.stringify({ ...found, rows: found.probing, guide: guideObject(evidence) }));
    return;
  }
  context.print(probingTable(found.probing, found.metric));
  context.print(`\nscore: ${typed(found.metric.name)}`);
  context.print(`mean ‖z‖: ${significant(found.featureNorm)}`);
  const dialled = dialSentence(found.probing);
  context.print(dialled ? typed(dialled) : `taus to fine-tune from: ${found.taus.join(", ")}`);
  if (found.labels) context.print(`\n${labelLines(found.labels, results.data.sample, labelsFile(options)).join("\n")}`);
  context.print(`\n${guideText(guide(evidence).advice, subjectOf(evidence))}`);
}
