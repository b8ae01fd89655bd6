/**
 * Whether memory stays as it is over many steps: fine-tunes a tiny network and prints, every 500 steps and after a full
 * collection, what the process holds.
 *
 *     npm run bench:memory -- [STEPS]
 *
 * Eight steps to an epoch, so that whatever grows by epochs shows as well.
 */
import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import {
  classification,
  classTargets,
  createEngine,
  finetune,
  images,
  imagesInMemory,
  linearHead,
  openBackbone,
} from "@taskhead/core";
import { imageSamples, normals, random } from "@taskhead/core/internals";
import ort from "onnxruntime-node";

const steps = Number(process.argv[2] ?? 12_000);
const every = 500;
const [count, batch, classes, side] = [64, 8, 3, 8];

/** Conv 3→6, Relu, pooling, Gemm 6→5. */
function tinyNetwork(): Uint8Array {
  const rng = random(0, "network");
  const b = new GraphBuilder("tiny");
  const x = b.input("image", "float32", ["n", 3, side, side]);
  const kernel = b.initializer("conv.weight", float32(normals(6 * 27, 0.3, rng), [6, 3, 3, 3]));
  const conv = b.op("Relu", [b.op("Conv", [x, kernel], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })]);
  const flat = b.op("Flatten", [b.op("GlobalAveragePool", [conv])]);
  const weight = b.initializer("fc.weight", float32(normals(30, 0.3, rng), [5, 6]));
  b.setOutputs({ logits: b.op("Gemm", [flat, weight], { transB: 1 }) });
  return writeModel(b.model());
}

const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error("run it with node --expose-gc");

const columns = ["rss", "heapUsed", "external", "arrayBuffers"] as const;
let done = 0;

function show(): void {
  collect!();
  collect!();
  const used = process.memoryUsage();
  console.log(`| ${[done, ...columns.map((name) => (used[name] / 2 ** 20).toFixed(1))].join(" | ")} |`);
}

const rng = random(0, "images");
const bytes = Uint8Array.from({ length: count * 3 * side * side }, () => rng.integer(0, 255));
const targets = classTargets(Array.from({ length: count }, (_, i) => i % classes));
const pixels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], rescale: 1 / 255 } as const;
const engine = createEngine(ort, { threads: 1 });
const samples = imageSamples(engine, imagesInMemory(bytes, targets, [3, side, side]), "uint8");
const backbone = openBackbone(tinyNetwork(), { modality: images({ pixels, size: { height: side, width: side } }) });
const head = linearHead().initial(random(0, "head"), backbone.width, classes);

console.log(
  `| steps | ${columns.map((name) => `${name}, MiB`).join(" | ")} |\n|${" --- |".repeat(1 + columns.length)}`,
);
await finetune(
  backbone,
  { engine, objective: classification(classes), train: samples, validation: samples },
  {
    head,
    batch,
    epochs: Math.ceil((steps * batch) / count),
    learningRate: 1e-3,
    onStep: () => void (++done % every === 0 && show()),
  },
);
