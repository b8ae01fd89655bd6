import { existsSync } from "node:fs";
import { join } from "node:path";
import { type ObjectiveName, sigmoid, softmax } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { readCard } from "../files/exported.js";
import { readModelFile } from "../files/model-file.js";
import { openServed } from "../run/serve.js";
import { percent } from "../terminal/format.js";
import { table } from "../terminal/table.js";
import type { Context } from "./context.js";

export interface Prediction {
  image: string;
  /** The likeliest classes, most likely first. */
  classes?: Likely[];
  /** Of several labels, each yes or no: all, in the model's order. */
  labels?: Likely[];
  /** Of a regression, in the user's unit. */
  numbers?: { name: string; value: number }[];
}

interface Likely {
  label: string;
  probability: number;
}

/** What an exported model says of itself. */
interface Card {
  objective: ObjectiveName;
  outputs: string[];
}

/** `taskhead predict`: the three likeliest classes of each image, its labels, or its numbers. */
export async function predict(
  out: string,
  images: readonly string[],
  options: { json: boolean },
  context: Pick<Context, "print">,
): Promise<void> {
  const folder = modelFolder(out);
  const card = await cardOf(join(folder, "taskhead.json"));
  const served = await openServed(await readModelFile(join(folder, "onnx", "model.onnx")));
  const predictions: Prediction[] = [];
  try {
    for (const image of images) predictions.push({ image, ...predictionOf(card, await served.logits(image)) });
  } finally {
    await served.release();
  }
  context.print(options.json ? JSON.stringify({ predictions }) : tableOf(card, predictions));
}

function predictionOf({ objective, outputs }: Card, logits: Float32Array): Omit<Prediction, "image"> {
  if (objective === "regression") return { numbers: outputs.map((name, i) => ({ name, value: logits[i]! })) };
  const probabilities = objective === "classification" ? softmax(logits, logits.length) : sigmoid(logits);
  const all = Array.from(probabilities, (probability, i): Likely => ({ label: outputs[i] ?? String(i), probability }));
  return objective === "classification" ? { classes: likeliest(all) } : { labels: all };
}

function likeliest(all: readonly Likely[]): Likely[] {
  return all.toSorted((a, b) => b.probability - a.probability).slice(0, places.length);
}

const places = ["1st", "2nd", "3rd"];

/** As many labels as fit side by side; of more, a table shows the likeliest. */
const mostColumns = 8;

function tableOf({ objective, outputs }: Card, predictions: readonly Prediction[]): string {
  const ranked = objective === "classification" || (objective === "multi-label" && outputs.length > mostColumns);
  const columns = ranked ? places.slice(0, outputs.length) : outputs;
  const rows = predictions.map(({ image, classes, labels = [], numbers = [] }) => [
    image,
    ...(ranked
      ? (classes ?? likeliest(labels)).map((one) => `${one.label} ${percent(one.probability)}`)
      : labels.map((one) => percent(one.probability))),
    ...numbers.map(({ value }) => String(Number(value.toPrecision(5)))),
  ]);
  return table(["image", ...columns], rows, [0, ...(ranked ? columns.map((_, i) => i + 1) : [])]);
}

function modelFolder(out: string): string {
  const found = [join(out, "model"), out].find((folder) => existsSync(join(folder, "taskhead.json")));
  if (found) return found;
  throw new UserError(
    `${out} holds no exported model (model/taskhead.json); give the --out folder of a finished taskhead tune`,
  );
}

/** @throws {UserError} if the file is none of this version's, or is not what was exported */
async function cardOf(file: string): Promise<Card> {
  const { objective, outputs } = (await readCard(file)) as Partial<Card>;
  if (objective && Array.isArray(outputs)) return { objective, outputs };
  throw new UserError(`${file} does not say what the model's outputs are; export it again with taskhead tune`);
}
