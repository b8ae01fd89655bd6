/** A small convolutional network and the six steps that every engine trains it for. Runs in Node.js and in a browser. */
import {
  crossEntropy,
  float32,
  GraphBuilder,
  sgd,
  sizeOf,
  trainableParameters,
  trainingStep,
  type EngineName,
  type Model,
  type TrainingStep,
  type Value,
} from "@taskhead/autograd";
import { createEngine, type Device, type Engine } from "@taskhead/core";
import { Trainer, type OnnxRuntime } from "@taskhead/core/internals";
import type { Tensor } from "onnxruntime-node";

const [batch, side, classes] = [12, 12, 3] as const;

/** Numbers in [−1, 1] without a period to speak of. */
function wave(n: number, phase: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + phase + (i % 7)));
}

/** Two convolutions, each with a pool; the windows of the first pool overlap. */
function network(): Model {
  const b = new GraphBuilder("convnet");
  const weight = (name: string, shape: readonly number[], scale: number): Value => {
    const values = wave(sizeOf(shape), name.length).map((v) => v * scale);
    return b.initializer(name, float32(values, shape));
  };
  const conv = (x: Value, name: string, to: number, from: number): Value => {
    const [weights, bias] = [weight(name, [to, from, 3, 3], 0.4), weight(`${name}.bias`, [to], 0.1)];
    return b.op("Relu", [b.op("Conv", [x, weights, bias], { pads: [1, 1, 1, 1] })]);
  };
  const image = b.input("image", "float32", ["batch", 1, side, side]);
  const pool = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
  const first = b.op("MaxPool", [conv(image, "first", 8, 1)], pool);
  const second = b.op("MaxPool", [conv(first, "second", 16, 8)], { kernel_shape: [2, 2], strides: [2, 2] });
  const logits = b.op("Gemm", [b.op("Flatten", [second]), weight("out", [classes, 16 * 9], 0.1)], { transB: 1 });
  b.setOutputs({ logits });
  return b.model();
}

/** Stripes across, stripes down and squares, drawn at different places. */
function images(): Float32Array {
  const data = new Float32Array(batch * side * side);
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < side * side; i++) {
      const [row, column] = [Math.floor(i / side) + n, (i % side) + 2 * n];
      data[n * side * side + i] = [row % 4 < 2, column % 4 < 2, row % 4 < 2 === column % 4 < 2][n % classes] ? 1 : 0;
    }
  return data;
}

/**
 * Six steps of SGD with momentum; after three of them another trainer goes on, from the state that the first one saved.
 * @param ort onnxruntime-node or onnxruntime-web
 * @returns the loss before each step
 */
export async function trainingLosses(ort: OnnxRuntime, device: Device): Promise<readonly number[]> {
  const engine = createEngine(ort, { device });
  const losses: number[] = [];
  const [first, second] = [await convnetTrainer(engine), await convnetTrainer(engine)];
  const steps = async (trainer: Trainer) => {
    for (let i = 0; i < 3; i++) losses.push((await trainer.step(convnetBatch(ort), 0.05)).loss);
  };
  await steps(first);
  await second.load(await first.save());
  await steps(second);
  for (const trainer of [first, second]) await trainer.release();
  return losses;
}

function convnetTrainer(engine: Engine): Promise<Trainer> {
  return Trainer.create(engine, convnetStep(engine.name));
}

export function convnetStep(engine: EngineName): TrainingStep {
  const model = network();
  const loss = crossEntropy({ logits: "logits" });
  return trainingStep(model, { loss, optimizer: sgd(), trainable: trainableParameters(model), engine });
}

export function convnetBatch(ort: OnnxRuntime): { image: Tensor; target: Tensor } {
  const labels = BigInt64Array.from({ length: batch }, (_, n) => BigInt(n % classes));
  return {
    image: new ort.Tensor("float32", images(), [batch, 1, side, side]),
    target: new ort.Tensor("int64", labels, [batch]),
  };
}
