/** Our side of a benchmark case: `node ours.js KIND WHAT SIZE BATCH [adamw] SHARED` prints a measurement. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { adamw, crossEntropy, sgd, trainableParameters, trainingStep, type Model } from "@taskhead/autograd";
import {
  type Backbone,
  classification,
  classTargets,
  createEngine,
  type Images,
  images,
  linearHead,
  openBackbone,
} from "@taskhead/core";
import {
  extractFeatures,
  imageSamples,
  probeCached,
  random,
  targetTensor,
  Trainer,
  withHead,
} from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { print, secondsOf } from "./measurement.js";
import { median } from "./statistics.js";
import { textEncoder } from "./text-encoder.js";

/** The data inputs of a step. */
type Feeds = Parameters<Trainer["step"]>[0];

const [kind = "", what = "", sizeText, batchText, ...rest] = process.argv.slice(2);
const shared = rest.at(-1) ?? "";
const optimizer = rest[0] === "adamw" ? adamw() : sgd({ momentum: 0.9 });
const [size, batch] = [Number(sizeText), Number(batchText)];
const classes = 10;
const engine = createEngine(ort, { threads: 2 });
const files: Readonly<Record<string, string>> = { darknet: "tiny-darknet.onnx", resnet20: "cifar-resnet20.onnx" };
const kinds: Readonly<Record<string, () => Promise<number>>> = {
  step: imageStep,
  text: textStep,
  features,
  probe: probing,
};

function imageBackbone(): Backbone {
  const pixels = { rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] } as const;
  const file = files[what];
  if (file === undefined) throw new Error(`no backbone '${what}'; there are ${Object.keys(files).join(", ")}`);
  const modality = images({ pixels, size: { height: size, width: size } });
  return openBackbone(readFileSync(join(shared, "models", file)), { modality });
}

function noise(count: number): Uint8Array {
  const rng = random(0, "images");
  return Uint8Array.from({ length: count }, () => rng.integer(0, 255));
}

/** As many labels, every class in turn. */
const labelsOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i % classes);

/** Runs a step until it is warm, then 30 times; items per second by the median. */
async function throughput(step: () => Promise<unknown>, items: number): Promise<number> {
  for (let i = 0; i < 5; i++) await step();
  const seconds: number[] = [];
  while (seconds.length < 30) seconds.push(await secondsOf(step));
  return items / median(seconds);
}

async function imageStep(): Promise<number> {
  const bytes = noise(batch * 3 * size * size);
  const feeds = { pixels: engine.tensor("uint8", bytes, [batch, 3, size, size]) };
  return trainerThroughput(await imageTrainer(), feeds);
}

async function imageTrainer(): Promise<Trainer> {
  const backbone = imageBackbone();
  const head = linearHead();
  const model = withHead(backbone, head, classes, head.initial(random(0, "head"), backbone.width, classes));
  return openTrainer(model, [...backbone.parameters, ...head.parameters]);
}

async function textStep(): Promise<number> {
  const rng = random(0, "text");
  const ids = BigInt64Array.from({ length: batch * size }, () => BigInt(rng.integer(0, 30521)));
  return trainerThroughput(await textTrainer(), { ids: engine.tensor("int64", ids, [batch, size]) });
}

async function textTrainer(): Promise<Trainer> {
  const model = textEncoder({ classes, length: size, layers: Number(/\d+$/.exec(what)?.[0] ?? 6) });
  const all = trainableParameters(model);
  return openTrainer(model, what.startsWith("frozen") ? all.filter((name) => !name.startsWith("embeddings.")) : all);
}

async function openTrainer(model: Model, trainable: readonly string[]): Promise<Trainer> {
  const loss = crossEntropy({ logits: "logits" });
  const channelBlock = await engine.channelBlock();
  return Trainer.create(engine, trainingStep(model, { loss, optimizer, trainable, channelBlock }));
}

/** With nothing kept of the model but what the trainer keeps, as PyTorch's side keeps one set of weights. */
async function trainerThroughput(trainer: Trainer, feeds: Feeds): Promise<number> {
  const target = (): ort.Tensor => targetTensor(engine, classTargets(labelsOf(batch))) as ort.Tensor;
  return throughput(() => trainer.step({ ...feeds, target: target() }, 1e-5), batch);
}

async function features(): Promise<number> {
  const backbone = imageBackbone();
  const [count, pixels] = [1024, 3 * size * size];
  const bytes = noise(pixels * batch);
  const noisy = (n: number): Images => ({
    count: n,
    targets: classTargets(new Uint8Array(n)),
    shape: [3, size, size],
    gather: (indices, out) => out.set(bytes.subarray(0, indices.length * pixels)),
  });
  const extracted = (n: number): Promise<Float32Array> =>
    extractFeatures(engine, backbone, imageSamples(engine, noisy(n), "uint8"), { batch });
  await extracted(2 * batch);
  return count / (await secondsOf(() => extracted(count)));
}

async function probing(): Promise<number> {
  const [count, width, epochs] = [3000, 128, size];
  const rng = random(0, "features");
  const labels = labelsOf(count);
  const z = Float32Array.from(
    { length: count * width },
    (_, i) => rng.normal(1) + (i % width === labels[Math.floor(i / width)] ? 2 : 0),
  );
  // The runtime is loaded by then, as PyTorch is.
  await engine.channelBlock();
  const train = { features: z, targets: classTargets(labels) };
  const objective = classification(classes);
  const options = { engine, objective, train, width, epochs, batch, seed: 0, learningRate: 1e-2 };
  return epochs / (await secondsOf(() => probeCached(options)));
}

const run = kinds[kind];
if (!run) throw new Error(`no benchmark '${kind}'; there are ${Object.keys(kinds).join(", ")}`);
print(await run());
