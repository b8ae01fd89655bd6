/**
 * Makes the demo's backbone: draws shapes, trains a small convolutional network on them from scratch, prints its accuracy
 * on held-out drawings.
 *
 *     npm run pretrain:demo [-- FILE]      default: packages/taskhead/assets/demo-backbone.onnx
 */
import { writeFileSync } from "node:fs";
import { drawFilled, pretrainingClasses, side } from "#taskhead/demo/draw.js";
import {
  adamw,
  crossEntropy,
  float32,
  Float,
  GraphBuilder,
  sizeOf,
  trainableParameters,
  trainingStep,
  writeModel,
  type Model,
  type Value,
} from "@taskhead/autograd";
import { classification, classTargets, createEngine, type Targets } from "@taskhead/core";
import { epochOrder, normals, random, targetTensor, Trainer, withWeights } from "@taskhead/core/internals";
import ort from "onnxruntime-node";
import { inRepository } from "./paths.js";

const file = process.argv[2] ?? inRepository("packages/taskhead/assets/demo-backbone.onnx");
const [perClass, heldOut, epochs, batch, topRate] = [400, 60, 10, 64, 3e-3] as const;
const widths = [16, 32, 64, 96];
const classes = pretrainingClasses.length;

interface Drawing {
  /** [3, side, side], 0..1 */
  pixels: Float32Array;
  label: number;
}

/** Blocks of convolution, Relu and pool; the mean over places; a linear classifier. */
function network(): Model {
  const b = new GraphBuilder("demo-backbone");
  const weight = (name: string, shape: readonly number[], fanIn: number): Value => {
    const values = normals(sizeOf(shape), Math.sqrt(2 / fanIn), random(0, "init", name));
    return b.initializer(name, float32(values, shape));
  };
  const zeros = (name: string, n: number): Value => b.initializer(name, float32(new Float32Array(n)));
  let value = b.input("image", "float32", ["batch", 3, side, side]);
  let channels = 3;
  for (const [i, width] of widths.entries()) {
    const filters = weight(`block${i}.weight`, [width, channels, 3, 3], channels * 9);
    const convolution = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    value = b.op("Relu", [b.op("Conv", [value, filters, zeros(`block${i}.bias`, width)], convolution)]);
    if (i < widths.length - 1) value = b.op("MaxPool", [value], { kernel_shape: [2, 2], strides: [2, 2] });
    channels = width;
  }
  const features = b.op("Flatten", [b.op("GlobalAveragePool", [value])], { axis: 1 });
  const [classifier, bias] = [
    weight("classifier.weight", [classes, channels], channels),
    zeros("classifier.bias", classes),
  ];
  b.setOutputs({ logits: b.op("Gemm", [features, classifier, bias], { transB: 1, alpha: new Float(1) }) });
  return b.model();
}

async function draw(label: number, seed: number, index: number): Promise<Drawing> {
  const bytes = await drawFilled(pretrainingClasses[label]!, seed, index);
  const places = side * side;
  const pixels = new Float32Array(3 * places);
  for (let p = 0; p < places; p++) for (let c = 0; c < 3; c++) pixels[c * places + p] = bytes[3 * p + c]! / 255;
  return { pixels, label };
}

async function drawSet(seed: number, count: number): Promise<Drawing[]> {
  const drawings: Drawing[] = [];
  for (let label = 0; label < classes; label++)
    for (let i = 0; i < count; i++) drawings.push(await draw(label, seed, i));
  return drawings;
}

function feedsOf(drawings: readonly Drawing[]): { image: ort.Tensor } {
  const data = new Float32Array(drawings.length * 3 * side * side);
  drawings.forEach(({ pixels }, i) => data.set(pixels, i * pixels.length));
  return { image: new ort.Tensor("float32", data, [drawings.length, 3, side, side]) };
}

const targetsOf = (drawings: readonly Drawing[]): Targets => classTargets(drawings.map(({ label }) => label));

/** AdamW under a cosine; prints the mean loss of each epoch. @returns the trained network, as an ONNX file */
async function train(model: Model, drawings: readonly Drawing[]): Promise<Uint8Array> {
  const step = trainingStep(model, {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: adamw({ weightDecay: 1e-3 }),
    trainable: trainableParameters(model),
  });
  const engine = createEngine(ort);
  const trainer = await Trainer.create(engine, step);
  const total = epochs * Math.ceil(drawings.length / batch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0;
    const order = epochOrder(drawings.length, 0, "pretrain", epoch);
    for (let at = 0; at < order.length; at += batch) {
      const chosen = order.slice(at, at + batch).map((i) => drawings[i]!);
      const rate = (topRate * (1 + Math.cos((Math.PI * trainer.steps) / total))) / 2;
      const target = targetTensor(engine, targetsOf(chosen));
      const { loss } = await trainer.step({ ...feedsOf(chosen), target }, rate);
      sum += chosen.length * loss;
    }
    console.log(`epoch ${epoch + 1}/${epochs}: loss ${(sum / drawings.length).toFixed(4)}`);
  }
  const bytes = writeModel(withWeights(model, await trainer.parameters()));
  await trainer.release();
  return bytes;
}

async function accuracyOn(bytes: Uint8Array, drawings: readonly Drawing[]): Promise<number> {
  const session = await ort.InferenceSession.create(bytes);
  const logits = (await session.run(feedsOf(drawings)))["logits"]!.data;
  await session.release();
  return classification(classes).score({ logits: Float32Array.from(logits, Number) }, targetsOf(drawings)).value;
}

const [training, test] = [await drawSet(1, perClass), await drawSet(2, heldOut)];
const bytes = await train(network(), training);
const score = await accuracyOn(bytes, test);
writeFileSync(file, bytes);
console.log(`${(100 * score).toFixed(1)} % of ${test.length} held-out drawings; ${bytes.length} bytes written`);
