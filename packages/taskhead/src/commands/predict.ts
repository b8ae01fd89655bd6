import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../files/errors.js";
import type { ModelCard } from "../run/export.js";
import { openServed } from "../run/serve.js";
import { softmax } from "../run/scores.js";
import { table } from "../terminal/table.js";
import type { Context } from "../run/context.js";

export interface Prediction {
  image: string;
  /** Most likely first. */
  classes: { label: string; probability: number }[];
}

/** `taskhead predict`: the three likeliest classes of each image. */
export async function predict(
  out: string,
  images: readonly string[],
  options: { json: boolean },
  context: Pick<Context, "print">,
): Promise<void> {
  const folder = modelFolder(out);
  const { labels } = JSON.parse(await readFile(join(folder, "taskhead.json"), "utf8")) as ModelCard;
  const served = await openServed(await readFile(join(folder, "onnx", "model.onnx")));
  const predictions: Prediction[] = [];
  try {
    for (const image of images) {
      const classes = softmax(await served.logits(image))
        .map((probability, i) => ({ label: labels[i] ?? String(i), probability }))
        .sort((a, b) => b.probability - a.probability);
      predictions.push({ image, classes: classes.slice(0, 3) });
    }
  } finally {
    await served.release();
  }
  if (options.json) return context.print(JSON.stringify({ predictions }));
  const rows = predictions.map((p) => [
    p.image,
    ...p.classes.map((c) => `${c.label} ${(100 * c.probability).toFixed(1)} %`),
  ]);
  context.print(table(["image", "1st", "2nd", "3rd"].slice(0, 1 + Math.min(3, labels.length)), rows, [0, 1, 2, 3]));
}

function modelFolder(out: string): string {
  const found = [join(out, "model"), out].find((folder) => existsSync(join(folder, "taskhead.json")));
  if (found) return found;
  throw new UserError(
    `${out} holds no exported model (model/taskhead.json); give the --out folder of a finished taskhead tune`,
  );
}
