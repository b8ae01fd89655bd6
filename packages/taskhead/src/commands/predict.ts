import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ObjectiveName, sigmoid, softmax } from "@taskhead/core/internals";
import { readJson } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import { openServed } from "../run/serve.js";
import { table } from "../terminal/table.js";
import type { Context } from "./context.js";

export interface Prediction {
  image: string;
  /** Of classes and labels: most likely first. */
  classes?: { label: string; probability: number }[];
  /** Of a regression, in the user's unit. */
  numbers?: { name: string; value: number }[];
}

/** What an exported model says of itself. */
interface Card {
  objective: ObjectiveName;
  outputs: string[];
}

/** `taskhead predict`: the three likeliest classes or labels of each image, or its numbers. */
export async function predict(
  out: string,
  images: readonly string[],
  options: { json: boolean },
  context: Pick<Context, "print">,
): Promise<void> {
  const folder = modelFolder(out);
  const card = cardOf(join(folder, "taskhead.json"));
  const served = await openServed(await readFile(join(folder, "onnx", "model.onnx")));
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
  const classes = Array.from(probabilities, (probability, i) => ({ label: outputs[i] ?? String(i), probability }));
  return { classes: classes.sort((a, b) => b.probability - a.probability).slice(0, 3) };
}

function tableOf({ objective, outputs }: Card, predictions: readonly Prediction[]): string {
  const columns = objective === "regression" ? outputs : ["1st", "2nd", "3rd"].slice(0, outputs.length);
  const rows = predictions.map(({ image, classes = [], numbers = [] }) => [
    image,
    ...classes.map((c) => `${c.label} ${(100 * c.probability).toFixed(1)} %`),
    ...numbers.map(({ value }) => String(Number(value.toPrecision(5)))),
  ]);
  return table(["image", ...columns], rows, [0, ...(objective === "regression" ? [] : columns.map((_, i) => i + 1))]);
}

function modelFolder(out: string): string {
  const found = [join(out, "model"), out].find((folder) => existsSync(join(folder, "taskhead.json")));
  if (found) return found;
  throw new UserError(
    `${out} holds no exported model (model/taskhead.json); give the --out folder of a finished taskhead tune`,
  );
}

/** @throws {UserError} if the file is none of this version's */
function cardOf(file: string): Card {
  const { objective, outputs } = Object(readJson(file)) as Partial<Card>;
  if (objective && Array.isArray(outputs)) return { objective, outputs };
  throw new UserError(`${file} does not say what the model's outputs are; export it again with taskhead tune`);
}
