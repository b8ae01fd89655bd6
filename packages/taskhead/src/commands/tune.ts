import { probeFolder, tuneFolder } from "../run/tune.js";
import { guide } from "@taskhead/core";
import type { TuneResults } from "../report/index.js";
import { evidenceOf } from "../results/evidence.js";
import { significant } from "../terminal/format.js";
import { guideText } from "../terminal/guide.js";
import { bestLine, blendsLine, copiesLine, probingTable, tuneTable } from "../terminal/results.js";
import { plain, typed } from "../words/format.js";
import { forecastSentence } from "../words/forecast.js";
import { inWords } from "../words/guide.js";
import { subjectOf } from "../words/subject.js";
import type { TuneOptions } from "../options/options.js";
import { callerOf, type Context } from "./context.js";

/** `taskhead tune`: the table, or one JSON object, on standard output. */
export async function tuneCommand(options: TuneOptions, context: Context): Promise<TuneResults> {
  const results = await tuneFolder(options, callerOf(context));
  const evidence = [evidenceOf(results)];
  const { regime, advice } = guide(evidence);
  const subject = subjectOf(evidence);
  if (options.json) {
    const files = { report: `${options.out}/report.html`, model: `${options.out}/model` };
    context.print(JSON.stringify({ ...results, guide: { regime, advice: inWords(advice, subject) }, ...files }));
    return results;
  }
  context.print(tuneTable(results, options.wide ? Infinity : context.width));
  context.print(`\nmean ‖z‖ before fine-tuning: ${significant(results.featureNorm)}`);
  const judged = forecastSentence(results);
  if (judged) context.print(plain(judged));
  if (results.best) {
    context.print(bestLine(results));
    const averaged = blendsLine(results);
    if (averaged) context.print(averaged);
    context.print(`model:  ${options.out}/model`);
    const copies = copiesLine(results);
    if (copies) context.print(copies);
  }
  context.print(`report: ${options.out}/report.html`);
  context.print(`\n${guideText(advice, subject)}`);
  return results;
}

/** `taskhead probe`: stops before fine-tuning. */
export async function probeCommand(options: TuneOptions, context: Context): Promise<void> {
  const found = await probeFolder(options, callerOf(context));
  if (options.json) {
    context.print(JSON.stringify({ ...found, rows: found.probing }));
    return;
  }
  context.print(probingTable(found.probing, found.metric));
  context.print(`\nscore: ${typed(found.metric.name)}`);
  context.print(`mean ‖z‖: ${significant(found.featureNorm)}`);
  context.print(`taus to fine-tune from: ${found.taus.join(", ")}`);
}
