/**
 * Starts fine-tuning exactly where PyTorch started (its heads, its batches) and prints both losses of each step.
 *
 *     npm run check:start [-- SHARED_FOLDER]
 *
 * Exits non-zero if a loss of the first five steps differs by more than 5e-3. Later steps are printed, not judged: rounding
 * grows from step to step, fastest where the head is large. Replayed from the tau-64 start, PyTorch 1.13 itself differs
 * from the recorded losses by up to 4.3e-2 within twenty steps in float32, and by up to 4.6e-2 in float64.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { scanImageFolder } from "#taskhead/images/folders/image-folder.js";
import { loadImages } from "#taskhead/images/load-images.js";
import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import { createEngine, images, linearHead, openBackbone } from "@taskhead/core";
import {
  createResizer,
  imageSamples,
  pickTargets,
  plainPreprocessing,
  targetTensor,
  Trainer,
  withHead,
} from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { inRepository } from "./paths.js";
import { floats, integers, readTensors, type Tensors } from "./safetensors.js";

const shared = process.argv[2] ?? inRepository("../shared");
const side = 64;
const size = { height: side, width: side };
const tolerance = 5e-3;
const judged = 5;
const learningRate = 5e-5;

const engine = createEngine(ort);
const loaded = await loadImages(await scanImageFolder(join(shared, "data/cifar10/train")), {
  resize: await createResizer(engine, plainPreprocessing(side)),
  size,
  memoryBudget: 2 ** 30,
  cacheDir: inRepository(".cache"),
});
const pixels = { rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
const backbone = openBackbone(readFileSync(join(shared, "models/tiny-darknet.onnx")), {
  modality: images({ pixels, size }),
});
const samples = imageSamples(engine, Object.assign(loaded.images, { targets: loaded.targets }), "uint8");

/** The backbone with PyTorch's head on it, about to take its first step. */
async function trainerAt(start: Tensors): Promise<Trainer> {
  const head = new Map([
    ["head.weight", floats(start, "weight")],
    ["head.bias", floats(start, "bias")],
  ]);
  const step = trainingStep(withHead(backbone, linearHead(), loaded.outputs.length, head), {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: sgd({ momentum: 0.9 }),
    trainable: [...backbone.parameters, ...head.keys()],
    channelBlock: await engine.channelBlock(),
  });
  return Trainer.create(engine, step);
}

/** One step on these images. @returns its loss */
async function lossOf(trainer: Trainer, chosen: readonly number[]): Promise<number> {
  const target = targetTensor(engine, pickTargets(samples.targets, chosen));
  return (await trainer.step({ ...(await samples.feeds(chosen)), target }, learningRate)).loss;
}

/** Prints both losses of every step from a start. @returns how far apart they are */
async function differences(file: string): Promise<number[]> {
  const start = readTensors(join(shared, "peers/start-cifar10", file));
  const [theirs, batches] = [floats(start, "losses"), integers(start, "batches")];
  const batch = batches.length / theirs.length;
  const trainer = await trainerAt(start);
  const apart: number[] = [];
  for (const [step, loss] of theirs.entries()) {
    const ours = await lossOf(trainer, batches.slice(step * batch, (step + 1) * batch));
    console.log(`${file} step ${step + 1}: ${ours.toFixed(5)}, PyTorch ${loss.toFixed(5)}`);
    apart.push(Math.abs(ours - loss));
  }
  await trainer.release();
  return apart;
}

let [worst, overall] = [0, 0];
for (const file of readdirSync(join(shared, "peers/start-cifar10")).sort()) {
  const apart = await differences(file);
  worst = Math.max(worst, ...apart.slice(0, judged));
  overall = Math.max(overall, ...apart);
}
await loaded.images.close();
const verdict = worst <= tolerance ? "ok" : "FAIL";
console.log(
  `largest difference ${worst.toExponential(2)} in the first ${judged} steps (allowed ${tolerance}): ${verdict}`,
);
console.log(`in all steps ${overall.toExponential(2)}`);
process.exit(worst <= tolerance ? 0 : 1);
