/**
 * Makes packages/taskhead/assets/demo-backbone.onnx: draws shapes, trains a small convolutional network on them from
 * scratch, prints its accuracy on held-out drawings.
 *
 *     npm run pretrain:demo
 */
import { writeFileSync } from "node:fs";
import {
  adamw,
  crossEntropy,
  float32,
  Float,
  GraphBuilder,
  trainableParameters,
  trainingStep,
  writeModel,
} from "@taskhead/autograd";
import { accuracy, createEngine, epochOrder, normals, random, Trainer, withWeights } from "@taskhead/core";
import ort from "onnxruntime-node";
import { drawImage, pretrainingClasses, side } from "../packages/taskhead/dist/demo/draw.js";

const [perClass, heldOut, epochs, batch, topRate] = [400, 60, 10, 64, 3e-3];
const widths = [16, 32, 64, 96];

function network() {
  const b = new GraphBuilder("demo-backbone");
  let value = b.input("image", "float32", ["batch", 3, side, side]);
  let channels = 3;
  const layer = (name, shape, fanIn) =>
    b.initializer(
      name,
      float32(
        normals(
          shape.reduce((a, d) => a * d, 1),
          Math.sqrt(2 / fanIn),
          random(0, "init", name),
        ),
        shape,
      ),
    );
  const zeros = (name, n) => b.initializer(name, float32(new Float32Array(n)));
  for (const [i, width] of widths.entries()) {
    const weight = layer(`block${i}.weight`, [width, channels, 3, 3], channels * 9);
    value = b.op("Conv", [value, weight, zeros(`block${i}.bias`, width)], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    value = b.op("Relu", [value]);
    if (i < widths.length - 1) value = b.op("MaxPool", [value], { kernel_shape: [2, 2], strides: [2, 2] });
    channels = width;
  }
  const features = b.op("Flatten", [b.op("GlobalAveragePool", [value])], { axis: 1 });
  const k = pretrainingClasses.length;
  const logits = b.op(
    "Gemm",
    [features, layer("classifier.weight", [k, channels], channels), zeros("classifier.bias", k)],
    {
      transB: 1,
      alpha: new Float(1),
    },
  );
  b.setOutputs({ logits });
  return b.model();
}

async function drawSet(seed, count) {
  const images = [];
  for (const [label, kind] of pretrainingClasses.entries())
    for (let i = 0; i < count; i++) {
      const bytes = await drawImage(kind, seed, i);
      const pixels = new Float32Array(3 * side * side);
      for (let p = 0; p < side * side; p++)
        for (let c = 0; c < 3; c++) pixels[c * side * side + p] = bytes[3 * p + c] / 255;
      images.push({ pixels, label });
    }
  return images;
}

function tensorOf(images) {
  const data = new Float32Array(images.length * 3 * side * side);
  images.forEach(({ pixels }, i) => data.set(pixels, i * pixels.length));
  return new ort.Tensor("float32", data, [images.length, 3, side, side]);
}

const model = network();
const [train, test] = [await drawSet(1, perClass), await drawSet(2, heldOut)];
const trainable = trainableParameters(model);
const step = trainingStep(model, {
  loss: crossEntropy({ logits: "logits" }),
  optimizer: adamw({ weightDecay: 1e-3 }),
  trainable,
});
const trainer = await Trainer.create(createEngine(ort), step);
const total = epochs * Math.ceil(train.length / batch);
for (let epoch = 0, done = 0; epoch < epochs; epoch++) {
  let sum = 0;
  const order = epochOrder(train.length, 0, "pretrain", epoch);
  for (let at = 0; at < order.length; at += batch, done++) {
    const chosen = order.slice(at, at + batch).map((i) => train[i]);
    const rate = (topRate * (1 + Math.cos((Math.PI * done) / total))) / 2;
    sum +=
      chosen.length *
      (
        await trainer.step(
          { image: tensorOf(chosen) },
          chosen.map((i) => i.label),
          rate,
        )
      ).loss;
  }
  console.log(`epoch ${epoch + 1}/${epochs}: loss ${(sum / train.length).toFixed(4)}`);
}
const bytes = writeModel(withWeights(model, trainer.parameters()));
await trainer.release();
const session = await ort.InferenceSession.create(bytes);
const { logits } = await session.run({ image: tensorOf(test) });
const score = accuracy(
  logits.data,
  test.map((i) => i.label),
  pretrainingClasses.length,
);
writeFileSync("packages/taskhead/assets/demo-backbone.onnx", bytes);
console.log(`${(100 * score).toFixed(1)} % of ${test.length} held-out drawings; ${bytes.length} bytes written`);
