import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { arraySamples, classTargets, openBackbone, type Engine, type Samples } from "@taskhead/core";
import { drawChalk, side, targetClasses } from "./draw.js";
import { drawFolders } from "./folders.js";
import { drawingsRecipe } from "./recipe.js";
import { labelsOf, type DemoTask } from "./task.js";

/** Trained by scripts/pretrain-demo.ts on shapes that the demo's task does not contain. */
const backbone = fileURLToPath(new URL("../../assets/demo-backbone.onnx", import.meta.url));

const perClass = { train: 20, test: 50 };

/** The task of `taskhead demo`: outlines in chalk, for a network that has seen filled shapes. */
export const drawings: DemoTask = {
  subject: {
    command: "taskhead demo",
    background: "The network had learned filled shapes; the new task is outlines in chalk",
    draw: "drawing",
    sample: "image",
  },
  classes: targetClasses,
  recipe: drawingsRecipe,
  perClass,
  seeds: [201, 202, 203, 204, 205, 206],
  async files(folder) {
    const { train, validation, test } = await drawFolders(join(folder, "images"), 7);
    return { backbone, train, val: validation, test, size: side, mean: [0, 0, 0], std: [1, 1, 1] };
  },
  async open(engine) {
    return {
      backbone: openBackbone(await readFile(backbone)),
      draw: async (seed) => ({
        train: await drawn(engine, seed, 0, perClass.train),
        validation: await drawn(engine, seed, perClass.train, perClass.test),
      }),
    };
  },
  question: (folder) => join(folder, "images", "test", targetClasses[0]!),
};

/** Images `first` and on of every class, as the backbone takes them: [N, 3, side, side], 0..1. */
async function drawn(engine: Engine, seed: number, first: number, count: number): Promise<Samples> {
  const places = side * side;
  const labels = labelsOf(targetClasses, count);
  const data = new Float32Array(labels.length * 3 * places);
  for (const [n, label] of labels.entries()) {
    const bytes = await drawChalk(targetClasses[label]!, seed, first + (n % count));
    for (let p = 0; p < places; p++)
      for (let c = 0; c < 3; c++) data[(3 * n + c) * places + p] = bytes[3 * p + c]! / 255;
  }
  return arraySamples(engine, { image: { data, shape: [3, side, side] } }, classTargets(labels));
}
