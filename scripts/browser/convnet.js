/** A small convolutional network and the six steps that every engine trains it for. Runs in Node.js and in a browser. */
import {
  crossEntropy,
  float32,
  GraphBuilder,
  sgd,
  trainableParameters,
  trainingStep,
  writeModel,
} from "@taskhead/autograd";

const [batch, side, classes] = [12, 12, 3];

/** Numbers in [−1, 1] without a period to speak of. */
const wave = (n, phase) => Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * (i + 1) + phase + (i % 7)));

/** Two convolutions, each with a pool; the windows of the first pool overlap. */
function network() {
  const b = new GraphBuilder("convnet");
  const weight = (name, shape, scale) => {
    const size = shape.reduce((a, d) => a * d, 1);
    return b.initializer(
      name,
      float32(
        wave(size, name.length).map((v) => v * scale),
        shape,
      ),
    );
  };
  const conv = (x, name, shape) =>
    b.op("Relu", [
      b.op("Conv", [x, weight(name, shape, 0.4), weight(`${name}.bias`, [shape[0]], 0.1)], { pads: [1, 1, 1, 1] }),
    ]);
  let x = b.input("image", "float32", ["batch", 1, side, side]);
  x = b.op("MaxPool", [conv(x, "first", [8, 1, 3, 3])], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  x = b.op("MaxPool", [conv(x, "second", [16, 8, 3, 3])], { kernel_shape: [2, 2], strides: [2, 2] });
  const logits = b.op("Gemm", [b.op("Flatten", [x]), weight("out", [classes, 16 * 9], 0.1)], { transB: 1 });
  b.setOutputs({ logits });
  return b.model();
}

/** Stripes across, stripes down and squares, drawn at different places. */
function images() {
  const data = new Float32Array(batch * side * side);
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < side * side; i++) {
      const [row, column] = [Math.floor(i / side) + n, (i % side) + 2 * n];
      data[n * side * side + i] = [row % 4 < 2, column % 4 < 2, row % 4 < 2 === column % 4 < 2][n % classes] ? 1 : 0;
    }
  return data;
}

/**
 * Six steps of SGD with momentum.
 * @param ort an ONNX Runtime: onnxruntime-node or onnxruntime-web
 * @param engine cpu, wasm or webgpu
 * @returns the loss before each step
 */
export async function trainingLosses(ort, engine) {
  const model = network();
  const loss = crossEntropy({ logits: "logits" });
  const step = trainingStep(model, { loss, optimizer: sgd(), trainable: trainableParameters(model), engine });
  const session = await ort.InferenceSession.create(writeModel(step.model), { executionProviders: [engine] });
  const feeds = {
    image: new ort.Tensor("float32", images(), [batch, 1, side, side]),
    target: new ort.Tensor(
      "int64",
      BigInt64Array.from({ length: batch }, (_, n) => BigInt(n % classes)),
      [batch],
    ),
  };
  for (const { name, shape, initial } of step.parameters) feeds[name] = new ort.Tensor("float32", initial, shape);
  for (const { name, shape } of step.state)
    feeds[name] = new ort.Tensor("float32", new Float32Array(shape.reduce((a, d) => a * d, 1)), shape);
  const losses = [];
  for (let i = 1; i <= 6; i++) {
    for (const [name, value] of Object.entries(step.scalars(i, 0.05)))
      feeds[name] = new ort.Tensor("float32", Float32Array.of(value), []);
    const results = await session.run(feeds);
    losses.push(results.loss.data[0]);
    for (const { name } of [...step.parameters, ...step.state]) feeds[name] = results[`next.${name}`];
  }
  await session.release();
  return losses;
}
