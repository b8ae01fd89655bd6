import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { openBackbone } from "../src/backbone/backbone.js";
import { createEngine } from "../src/engine/create-engine.js";
import type { Samples } from "../src/data/samples.js";
import { classTargets } from "../src/data/targets.js";
import type { Augmentation } from "../src/images/augmentation/index.js";
import { images } from "../src/images/modality.js";
import { imageSamples } from "../src/images/samples.js";
import { classification } from "../src/objectives/classification.js";
import { linearHead } from "../src/heads/index.js";
import { imagesInMemory } from "../src/images/images.js";
import type { Data } from "../src/probe/data.js";
import { normals, random } from "../src/data/random.js";

/** Conv 3→6, Relu, pooling, Flatten, Gemm 6→5, Softmax: any size of image. */
export function tinyNetwork(): Uint8Array {
  const rng = random(0, "network");
  const b = new GraphBuilder("tiny");
  const x = b.input("image", "float32", ["n", 3, "height", "width"]);
  const kernel = b.initializer("conv.weight", float32(normals(6 * 27, 0.3, rng), [6, 3, 3, 3]));
  const bias = b.initializer("conv.bias", float32(normals(6, 0.1, rng)));
  const conv = b.op("Relu", [b.op("Conv", [x, kernel, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })]);
  const flat = b.op("Flatten", [b.op("GlobalAveragePool", [conv])]);
  const w = b.initializer("fc.weight", float32(normals(30, 0.3, rng), [5, 6]));
  b.setOutputs({ logits: b.op("Softmax", [b.op("Gemm", [flat, w], { transB: 1 })]) });
  return writeModel(b.model());
}

export const pixels = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], rescale: 1 / 255 };
export const modality = images({ pixels, size: { height: 8, width: 8 } });
export const backbone = openBackbone(tinyNetwork(), { modality });
export const engine = createEngine(ort, { threads: 1 });
export const classes = 3;
export const objective = classification(classes);
/** Small weights, as long as nothing is said of another start. */
export const head = linearHead({ start: { kind: "normal", deviation: 0.01 } }).initial(
  random(3, "head"),
  backbone.width,
  classes,
);

/** Noise with one colour channel, the label's, brighter. @param brighter by how much, of 255 */
export function coloured(count: number, seed: number, augment: readonly Augmentation[] = [], brighter = 60): Samples {
  const rng = random(seed, "images");
  const labels = Array.from({ length: count }, (_, n) => n % classes);
  const bytes = Uint8Array.from(
    { length: count * 192 },
    (_, i) => rng.integer(0, 180) + (Math.floor(i / 64) % 3 === labels[Math.floor(i / 192)] ? brighter : 0),
  );
  return imageSamples(engine, imagesInMemory(bytes, classTargets(labels), [3, 8, 8]), "uint8", augment);
}

/** A task on such images. */
export function data(train: Samples, validation = train): Data {
  return { engine, objective, train, validation };
}
