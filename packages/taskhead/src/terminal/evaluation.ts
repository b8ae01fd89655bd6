import { mistakenFor } from "../report/classes.js";
import type { Evaluation } from "../report/evaluation/index.js";
import { headlineOf } from "../report/evaluation/index.js";
import { f1Of } from "../report/types.js";
import { count, typed } from "../words/format.js";
import { outputNouns, ownMetric } from "../words/subject.js";
import { formatScore, percent, significant } from "./format.js";
import { usualWidth } from "./results.js";
import { table } from "./table.js";

/** What a model got, class by class and in all. @param width of the terminal; nothing is cut unless given */
export function evaluationText(evaluation: Evaluation, width: number | undefined): string {
  const { confusion, calibration, hardest, data } = evaluation;
  const doubtful = hardest.filter((one) => one.doubtful);
  return [
    tableOf(evaluation, width),
    ...(confusion ? ["", confusionText(data, confusion, width ?? usualWidth)] : []),
    "",
    typed(headlineOf(evaluation)),
    ...(calibration ? [`expected calibration error: ${percent(calibration.ece)}`] : []),
    ...doubtful.slice(0, mostTold).map((one) => `label to check: ${one[data.sample]} (${said(one, data.outputs)})`),
    ...(doubtful.length > mostTold ? [`${doubtful.length - mostTold} more labels to check are on the page`] : []),
  ].join("\n");
}

function tableOf(evaluation: Evaluation, width: number | undefined): string {
  const { classes, confusion, data } = evaluation;
  if (classes && confusion) return classTable(data.sample, classes, confusion, width);
  return classes ? typeTable(classes, width) : outputTable(evaluation, width);
}

const mostTold = 5;

function said({ truth, answer, output, probability }: Evaluation["hardest"][number], outputs: string[]): string {
  const name = (value: number): string =>
    output === null ? (outputs[value] ?? "") : `${value === 1 ? "" : "not "}${outputs[output]}`;
  return `labelled ${name(truth)}, the model says ${name(answer)}, ${percent(probability)}`;
}

function classTable(
  sample: string,
  classes: NonNullable<Evaluation["classes"]>,
  confusion: readonly (readonly number[])[],
  width: number | undefined,
): string {
  const rows = classes.map(({ label, support, correct, recall, precision }, c) => {
    const mistaken = mistakenFor(classes, confusion, c);
    const taken = mistaken ? `${mistaken.label} (${count(mistaken.count)})` : "";
    return [label, count(support), count(correct), percent(recall), percent(precision), taken];
  });
  const head = ["class", `${sample}s`, "right", "recall", "precision", "most often taken for"];
  return table(head, rows, { left: [0, 5], width });
}

/** Types of entities. */
function typeTable(types: NonNullable<Evaluation["classes"]>, width: number | undefined): string {
  const rows = types.map((one) => [
    one.label,
    count(one.support),
    count(one.correct),
    percent(one.precision),
    percent(one.recall),
    percent(f1Of(one)),
  ]);
  return table(["type", "entities", "right", "precision", "recall", "F1"], rows, { left: [0], width });
}

function outputTable({ outputs, data, metric }: Evaluation, width: number | undefined): string {
  const numbers = data.objective === "regression";
  const rows = (outputs ?? []).map(({ name, measured, score, error }) => [
    name,
    count(measured),
    formatScore(score, metric),
    ...(numbers ? [significant(error)] : []),
  ]);
  const head = [
    outputNouns[data.objective],
    data.objective === "segmentation" ? "pixels" : `${data.sample}s`,
    ownMetric(metric),
    ...(numbers ? ["RMSE"] : []),
  ];
  return table(head, rows, { left: [0], width });
}

/** The whole matrix where it fits, else the mistakes that are made most often. */
function confusionText(
  { outputs: names, sample }: Evaluation["data"],
  confusion: readonly (readonly number[])[],
  width: number,
): string {
  const short = names.map((_, i) => `→${i + 1}`);
  const rows = confusion.map((row, i) => [String(i + 1), names[i]!, ...row.map((n) => (n === 0 ? "·" : String(n)))]);
  const matrix = table(["", "confusion: labelled, → answered", ...short], rows, { left: [1], width });
  if (matrix.split("\n").every((line) => line.length <= width)) return matrix;
  const worst = mistakes(confusion).slice(0, mostMistakes);
  const told = worst.map((one) => [names[one.truth]!, names[one.predicted]!, count(one.count)]);
  return table(["labelled", "taken for", `${sample}s`], told, { left: [0, 1], width });
}

const mostMistakes = 10;

interface Mistake {
  truth: number;
  predicted: number;
  count: number;
}

/** What is off the diagonal, most often first. */
function mistakes(confusion: readonly (readonly number[])[]): Mistake[] {
  return confusion
    .flatMap((row, truth) => row.map((n, predicted) => ({ truth, predicted, count: n })))
    .filter(({ truth, predicted, count: n }) => truth !== predicted && n > 0)
    .sort((a, b) => b.count - a.count);
}
