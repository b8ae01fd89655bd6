import { answerOf, byProbability, type Answer } from "@taskhead/core/internals";
import type { Answering, Unusable } from "../data/serving.js";
import { named } from "../data/listed.js";
import { toldLost } from "../data/skips.js";
import { csv } from "../files/csv.js";
import { UserError } from "../files/errors.js";
import { findModel, refuseForeign, type ExportedModel } from "../run/exported-model.js";
import { withNothingWritten } from "../run/interrupted.js";
import { percent } from "../terminal/format.js";
import { patiently } from "../terminal/progress.js";
import { table } from "../terminal/table.js";
import { predictedWords, type PredictedWords } from "../text/tagged/predicted-words.js";
import { outputNouns } from "../words/subject.js";
import type { Context } from "./context.js";
import { partsCsv, partsTable, predictMasks } from "./predict-masks.js";
import type { PredictOptions } from "./tables.js";
import { wordCsv, wordTables } from "./word-tables.js";

/** What a model says of one sample; of classes the likeliest. */
interface Prediction extends Answer, Partial<PredictedWords> {
  /** The sample, as it was named. */
  name: string;
}

/**
 * `taskhead predict`: the likeliest classes of each sample, its labels, or its numbers.
 * @param names of samples, as their kind of data takes them
 * @throws {UserError} after all others are answered, if a sample cannot be read
 */
export async function predictCommand(
  out: string,
  names: readonly string[],
  options: PredictOptions,
  context: Context,
): Promise<void> {
  const model = await findModel(out);
  refuse(model, options);
  refuseForeign(model, { text: options.text, smiles: options.smiles });
  const { items, unusable, notes = [] } = await model.kind.serving.named(names, { ...options, task: model.objective });
  for (const text of notes) context.progress.say(`warning: ${text}`);
  const finish = (unreadable: readonly Unusable[]): void => {
    const lost = [...unusable, ...unreadable];
    if (lost.length > 0) throw new UserError(lossOf(lost, items.length + unusable.length));
  };
  if (model.objective === "segmentation") {
    const { predictions, unreadable } = await predictMasks(model, items, options, context);
    for (const text of toldLost([...unusable, ...unreadable])) context.progress.say(`warning: ${text}`);
    if (options.json) context.print(jsonOf(model, predictions, [...unusable, ...unreadable]));
    else if (predictions.length > 0)
      context.print(options.csv ? partsCsv(predictions, model) : partsTable(predictions, context.width));
    return finish(unreadable);
  }
  const { predictions, unreadable } = await predict(model, items, options, context);
  const lost = [...unusable, ...unreadable];
  for (const { name, words = [] } of predictions) {
    const silent = words.filter(({ tag }) => tag === null).length;
    if (silent > 0)
      context.progress.say(
        `warning: ${named(name)}: ${silent} of ${words.length} words are not answered, as the text is too long or no token is made of them`,
      );
  }
  for (const text of toldLost(lost)) context.progress.say(`warning: ${text}`);
  const asCsv = options.csv || (context.width === undefined && model.kind.serving.csvToFiles === true);
  if (options.json) context.print(jsonOf(model, predictions, lost));
  else if (predictions.length > 0)
    context.print(asCsv ? csvOf(model, predictions) : tableOf(model, predictions, options.top, context.width));
  finish(unreadable);
}

const usualTop = 3;

function refuse({ objective, folder }: ExportedModel, { top, csv: asCsv, json, mask, overlay }: PredictOptions): void {
  const drawn = mask === undefined ? (overlay === undefined ? undefined : "--overlay") : "--mask";
  if (drawn !== undefined && objective !== "segmentation")
    throw new UserError(
      `${drawn} is for a model that gives a class for every pixel, and ${folder} answers whole samples; leave it out`,
    );
  if (asCsv && json) throw new UserError("--csv and --json are two forms of one answer; leave one out");
  if (top !== undefined && objective !== "classification")
    throw new UserError(
      objective === "segmentation"
        ? `--top is for classes of whole images, and ${folder} answers every pixel; leave it out`
        : `--top is for classes, and ${folder} answers each ${outputNouns[objective]} by itself; leave it out`,
    );
}

function lossOf([first, ...others]: readonly Unusable[], all: number): string {
  const count = `${others.length + 1} of ${all}`;
  const which = others.length > 0 ? `, the first ${first!.name}` : `: ${first!.name}`;
  return `${count} could not be answered${which} (${first!.reason}); replace or leave out what is named above`;
}

async function predict(
  model: ExportedModel,
  items: readonly unknown[],
  { top = usualTop, device }: Pick<PredictOptions, "top" | "device">,
  { progress, signal }: Pick<Context, "progress" | "signal">,
): Promise<{ predictions: Prediction[]; unreadable: Unusable[] }> {
  const predictions: Prediction[] = [];
  const unreadable: Unusable[] = [];
  const served = await model.open(device);
  const { name: many, serving } = model.kind;
  const name = (i: number): string => serving.nameOf(items[i]);
  const task = patiently(progress).task(many, items.length, many);
  try {
    await served.answer(items, {
      onAnswer: (i, logits) =>
        void predictions.push(
          model.objective === "token-classification"
            ? predictedWords(serving.wordsOf!(items[i]), logits, model.outputs)
            : { name: name(i), ...predictionOf(model, logits, top) },
        ),
      onSkip: (i, reason) => void unreadable.push({ name: name(i), reason }),
      onProgress: (done) => task.update(done),
      signal,
    });
  } catch (error) {
    throw withNothingWritten(error);
  } finally {
    task.end();
    await served.release();
  }
  return { predictions, unreadable };
}

/** One object, in which a sample is called what it is: an image, a text. */
function jsonOf({ kind }: ExportedModel, predictions: readonly { name: string }[], lost: readonly Unusable[]): string {
  const told = ({ name, ...rest }: { name: string }): object => ({ [kind.sample]: name, ...rest });
  return JSON.stringify({ predictions: predictions.map(told), unreadable: lost.map(told) });
}

function predictionOf(model: Answering, logits: Float32Array, top: number): Answer {
  const { classes, ...answer } = answerOf(model, logits);
  return classes ? { classes: classes.slice(0, top) } : answer;
}

/** As many labels as fit side by side; of more, a table shows the likeliest. */
const mostColumns = 8;

function tableOf(
  { objective, outputs, kind }: ExportedModel,
  predictions: readonly Prediction[],
  top = usualTop,
  width: number | undefined,
): string {
  if (objective === "token-classification") return wordTables(predictions, width);
  const ranked = objective === "classification" || (objective === "multi-label" && outputs.length > mostColumns);
  const columns = ranked ? outputs.slice(0, top).map((_, i) => place(i + 1)) : outputs;
  const rows = predictions.map(({ name, classes, labels = [], numbers = [] }) => [
    name,
    ...(ranked
      ? (classes ?? byProbability(labels, top)).map((one) => `${one.label} ${percent(one.probability)}`)
      : labels.map((one) => percent(one.probability))),
    ...numbers.map(({ value }) => String(Number(value.toPrecision(5)))),
  ]);
  return table([kind.sample, ...columns], rows, { left: ranked ? [0, ...columns.map((_, i) => i + 1)] : [0], width });
}

/** 1st, 2nd, 3rd, 4th; 11th, 21st */
function place(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${(teen ? undefined : ["th", "st", "nd", "rd"][n % 10]) ?? "th"}`;
}

/** A line per sample, numbers in full. */
function csvOf({ objective, outputs, kind }: ExportedModel, predictions: readonly Prediction[]): string {
  if (objective === "token-classification") return wordCsv(predictions, kind.sample);
  const top = predictions[0]?.classes?.length ?? 0;
  const head =
    objective === "classification"
      ? Array.from({ length: top }, (_, i) => [`class_${i + 1}`, `probability_${i + 1}`]).flat()
      : outputs;
  const rows = predictions.map(({ name, classes = [], labels = [], numbers = [] }) => [
    name,
    ...classes.flatMap(({ label, probability }) => [label, probability]),
    ...labels.map(({ probability }) => probability),
    ...numbers.map(({ value }) => value),
  ]);
  return csv([[kind.sample, ...head], ...rows]);
}
