/** Our side of a benchmark case: `node ours.js KIND WHAT SIZE BATCH [adamw] SHARED` prints { perSecond, peakBytes }. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adamw, crossEntropy, sgd, trainableParameters, trainingStep } from "@taskhead/autograd";
import {
  createEngine,
  extractFeatures,
  linearHead,
  openBackbone,
  probe,
  random,
  Trainer,
  withHead,
} from "@taskhead/core";
import ort from "onnxruntime-node";
import { textEncoder } from "./text-encoder.js";

const [kind, what, sizeText, batchText, ...rest] = process.argv.slice(2);
const shared = rest.at(-1);
const optimizer = rest[0] === "adamw" ? adamw() : sgd({ momentum: 0.9 });
const [size, batch] = [Number(sizeText), Number(batchText)];
const classes = 10;
const engine = createEngine(ort, { threads: 2 });
const files = { darknet: "tiny-darknet.onnx", resnet20: "cifar-resnet20.onnx" };

function imageBackbone() {
  const pixels = { rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] };
  const bytes = readFileSync(join(shared, "models", files[what]));
  return openBackbone(bytes, { pixels, size: { height: size, width: size } });
}

function noise(count) {
  const rng = random(0, "images");
  return Uint8Array.from({ length: count }, () => rng.integer(0, 255));
}

/** Runs a step until it is warm, then for at least 30 times; items per second by the median. */
async function throughput(step, items) {
  for (let i = 0; i < 5; i++) await step();
  const seconds = [];
  while (seconds.length < 30) {
    const start = performance.now();
    await step();
    seconds.push((performance.now() - start) / 1000);
  }
  return items / seconds.sort((a, b) => a - b)[seconds.length >> 1];
}

async function imageStep() {
  const bytes = noise(batch * 3 * size * size);
  const feeds = { pixels: engine.tensor("uint8", bytes, [batch, 3, size, size]) };
  return trainerThroughput(await imageTrainer(), feeds);
}

async function imageTrainer() {
  const backbone = imageBackbone();
  const head = linearHead();
  const model = withHead(backbone, head, classes, head.initial(random(0, "head"), backbone.width, classes));
  return openTrainer(model, [...backbone.parameters, ...head.parameters]);
}

async function textStep() {
  const rng = random(0, "text");
  const ids = BigInt64Array.from({ length: batch * size }, () => BigInt(rng.integer(0, 30521)));
  return trainerThroughput(await textTrainer(), { ids: engine.tensor("int64", ids, [batch, size]) });
}

async function textTrainer() {
  const model = textEncoder({ classes, length: size, layers: Number(/\d+$/.exec(what) ?? 6) });
  const all = trainableParameters(model);
  return openTrainer(model, what.startsWith("frozen") ? all.filter((name) => !name.startsWith("embeddings.")) : all);
}

async function openTrainer(model, trainable) {
  const loss = crossEntropy({ logits: "logits" });
  const channelBlock = await engine.channelBlock();
  return Trainer.create(engine, trainingStep(model, { loss, optimizer, trainable, channelBlock }));
}

/** With nothing kept of the model but what the trainer keeps, as PyTorch's side keeps one set of weights. */
async function trainerThroughput(trainer, feeds) {
  const target = Array.from({ length: batch }, (_, i) => i % classes);
  return throughput(() => trainer.step(feeds, target, 1e-5), batch);
}

async function features() {
  const backbone = imageBackbone();
  const [count, pixels] = [1024, 3 * size * size];
  const bytes = noise(pixels * batch);
  const gather = async (indices, out) => out.set(bytes.subarray(0, indices.length * pixels));
  const images = { count, labels: Array.from({ length: count }, () => 0), shape: [3, size, size], gather };
  await extractFeatures(engine, backbone, { ...images, count: 2 * batch }, { batch });
  const start = performance.now();
  await extractFeatures(engine, backbone, images, { batch });
  return count / ((performance.now() - start) / 1000);
}

async function probing() {
  const [count, width] = [3000, 128];
  const rng = random(0, "features");
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const z = Float32Array.from(
    { length: count * width },
    (_, i) => rng.normal(1) + (i % width === labels[Math.floor(i / width)] ? 2 : 0),
  );
  // The runtime is loaded by then, as PyTorch is.
  await engine.channelBlock();
  const start = performance.now();
  await probe({
    engine,
    train: { features: z, labels },
    width,
    classes,
    epochs: size,
    batch,
    seed: 0,
    learningRate: 1e-2,
  });
  return size / ((performance.now() - start) / 1000);
}

const perSecond = await { step: imageStep, text: textStep, features, probe: probing }[kind]();
console.log(JSON.stringify({ perSecond, peakBytes: process.resourceUsage().maxRSS * 1024 }));
