/**
 * Starts fine-tuning of MiniLM on banking77 exactly where PyTorch started (its heads, its batches), from the texts themselves,
 * and compares the losses of twenty steps with those of float64.
 *
 *     npm run check:texts [-- SHARED_FOLDER]
 *
 * Exits non-zero if tokens differ, or any loss by more than 1e-4.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { adamw, crossEntropy, inParts, sgd, trainingStep, type Optimizer } from "@taskhead/autograd";
import {
  classTargets,
  createEngine,
  linearHead,
  openBackbone,
  openTokenizer,
  texts,
  tokenize,
  type TextFiles,
} from "@taskhead/core";
import { feedsInParts, pickTargets, targetTensor, textSamples, Trainer, withHead } from "@taskhead/core/internals";
import { parse } from "csv-parse/sync";
import ort from "onnxruntime-node";
import { inRepository } from "./paths.js";
import { entry, floats, integers, readTensors, type Tensors } from "./safetensors.js";

const shared = process.argv[2] ?? inRepository("../shared");
const tolerance = 1e-4;
const model = join(shared, "models/minilm-l6");

/** What a start file says of how it was made, as far as it is needed. */
interface Recipe {
  options: { optimizer: "sgd" | "adamw"; lr: number; weight_decay: number; max_length: number; train_rows: number };
  classes: string[];
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const files = Object.fromEntries(
  ["config.json", "tokenizer.json", "tokenizer_config.json"].map((name) => [name, json(join(model, name))]),
) as TextFiles;
const engine = createEngine(ort);

/** The first rows of each class in the file's order, classes in order, as the reference takes them. */
function rowsOf({ classes, options }: Recipe): { text: string; category: string }[] {
  const all = parse(readFileSync(join(shared, "data/banking77/train.csv"), "utf8"), { columns: true }) as {
    text: string;
    category: string;
  }[];
  const each = Math.floor(options.train_rows / classes.length);
  return classes.flatMap((name) => all.filter(({ category }) => category === name).slice(0, each));
}

async function samplesOf(recipe: Recipe) {
  const rows = rowsOf(recipe);
  const tokenizer = await openTokenizer(files, { maxLength: recipe.options.max_length });
  const targets = classTargets(rows.map(({ category }) => recipe.classes.indexOf(category)));
  const tokenized = await tokenize(tokenizer, rows);
  return { tokenized, tokenizer, samples: textSamples(engine, { ...tokenized, targets }, tokenizer.padding) };
}

/** As PyTorch's: decay of biases and norms too, and SGD without any. */
function optimizerOf({ optimizer, weight_decay: weightDecay }: Recipe["options"]): Optimizer {
  return optimizer === "sgd" ? sgd({ momentum: 0.9 }) : adamw({ weightDecay });
}

/** Prints the losses of every step from a start. @returns how far apart they are at most */
async function difference(folder: string, file: string): Promise<number> {
  const start: Tensors = readTensors(join(folder, file));
  const recipe = json(join(folder, file.replace(".safetensors", ".json"))) as Recipe;
  const { samples, tokenized, tokenizer } = await samplesOf(recipe);
  const backbone = openBackbone(readFileSync(join(model, "onnx/model.onnx")), {
    modality: texts({ files, tokenizer }),
  });
  const head = new Map([
    ["head.weight", floats(start, "weight")],
    ["head.bias", floats(start, "bias")],
  ]);
  const whole = withHead(backbone, linearHead(), recipe.classes.length, head);
  const taken = inParts({ ...whole, graph: { ...whole.graph, outputs: [{ name: "logits" }] } }, 4);
  const step = trainingStep(taken.model, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: optimizerOf(recipe.options),
    trainable: [...backbone.parameters, ...head.keys()],
  });
  const trainer = await Trainer.create(engine, step);
  const feedsOf = feedsInParts(engine, taken);
  const batches = integers(start, "batches");
  const theirs = Array.from(entry(start, "losses").data, Number);
  const [ids, size] = [integers(start, "input_ids"), batches.length / theirs.length];
  const padded = ids.length / batches.length;
  let apart = 0;
  for (const [n, loss] of theirs.entries()) {
    const drawn = batches.slice(n * size, (n + 1) * size);
    drawn.forEach((sample, i) => {
      const own = [...tokenized.ids.subarray(tokenized.starts[sample], tokenized.starts[sample + 1])];
      const row = (n * size + i) * padded;
      if (own.join() !== ids.slice(row, row + own.length).join()) throw new Error(`text ${sample} has other tokens`);
    });
    // By length, as a batch of texts is.
    const [chosen] = samples.batches(drawn, size) as [number[]];
    const target = targetTensor(engine, pickTargets(samples.targets, chosen));
    const ours = (await trainer.step({ ...(await feedsOf(samples, chosen)), target }, recipe.options.lr)).loss;
    apart = Math.max(apart, Math.abs(ours - loss));
  }
  await trainer.release();
  return apart;
}

let worst = 0;
for (const name of ["start-banking77", "start-banking77-sgd"]) {
  const folder = join(shared, "peers/text", name);
  for (const file of readdirSync(folder)
    .filter((one) => one.endsWith(".safetensors"))
    .sort()) {
    const apart = await difference(folder, file);
    worst = Math.max(worst, apart);
    console.log(`${name}/${file}: losses differ by at most ${apart.toExponential(2)}`);
  }
}
console.log(
  `largest difference ${worst.toExponential(2)} (allowed ${tolerance}): ${worst <= tolerance ? "ok" : "FAIL"}`,
);
process.exit(worst <= tolerance ? 0 : 1);
