/** Our side of a benchmark case: `node ours.js KIND WHAT SIZE BATCH [adamw] [device=NAME] SHARED` prints a measurement. */
import { adamw, sgd } from "@taskhead/autograd";
import { classification, classTargets, createEngine, type Device, type Images } from "@taskhead/core";
import { extractFeatures, imageSamples, probeCached, random, Trainer } from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { print, secondsOf } from "./measurement.js";
import { median } from "./statistics.js";
import { numberedTexts, textBatches, textsOf, textSteps } from "./text-lengths.js";
import { classes, imageBackbone, labelsOf, measuredStep, noise } from "./steps.js";

const [kind = "", what = "", sizeText, batchText, ...rest] = process.argv.slice(2);
const shared = rest.at(-1) ?? "";
const [size, batch] = [Number(sizeText), Number(batchText)];
const device = (rest.find((word) => word.startsWith("device="))?.slice("device=".length) ?? "cpu") as Device;
const engine = createEngine(ort, { device, threads: 2 });
const kinds: Readonly<Record<string, () => Promise<number>>> = {
  step,
  pixels: step,
  text: step,
  graph: step,
  lengths,
  features,
  probe: probing,
};

/** Runs a step until it is warm, then 30 times; items per second by the median. */
async function throughput(step: () => Promise<unknown>, items: number): Promise<number> {
  for (let i = 0; i < 5; i++) await step();
  const seconds: number[] = [];
  while (seconds.length < 30) seconds.push(await secondsOf(step));
  return items / median(seconds);
}

/** With nothing kept of the model but what the trainer keeps, as PyTorch's side keeps one set of weights. */
async function step(): Promise<number> {
  const given = { kind, what, size, batch, adamw: rest.includes("adamw"), shared };
  const { graph, feeds } = await measuredStep(engine, given);
  const trainer = await Trainer.create(engine, graph);
  return throughput(() => trainer.step(feeds(), 1e-5), batch);
}

/** MiniLM on banking77's texts, in the parts that the product makes of a batch. */
async function lengths(): Promise<number> {
  const samples = textsOf(engine, numberedTexts(shared), 4);
  const batches = textBatches(samples, batch);
  const optimizer = rest.includes("adamw") ? adamw() : sgd({ momentum: 0.9 });
  const { step: stepOn } = await textSteps(engine, shared, samples, { optimizer, batch });
  let next = 0;
  return throughput(() => stepOn(batches[next++]!), batch);
}

async function features(): Promise<number> {
  const backbone = imageBackbone({ what, size, shared });
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
