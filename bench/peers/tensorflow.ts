import { dirname } from "node:path";
import { batchesOf, classes, convolutions, initialScale, labels, layers, samples, size, width } from "./work.js";
import type { Kind } from "./work.js";

/** An array of TensorFlow.js; what is done here needs to know no more of it. */
interface Tensor {
  data(): Promise<unknown>;
  dispose(): void;
}

type Shape = readonly number[];

/** What is used here of `@tensorflow/tfjs`, which the user installs elsewhere, so that its own types are not there. */
interface TensorFlow {
  setBackend(name: "wasm"): Promise<boolean>;
  variable(initial: Tensor): Tensor;
  ones(shape: Shape): Tensor;
  zeros(shape: Shape): Tensor;
  randomNormal(shape: Shape, mean?: number, deviation?: number): Tensor;
  randomUniform(shape: Shape): Tensor;
  tensor1d(values: readonly number[], type: "int32"): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  slice(x: Tensor, start: Shape, size: Shape): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  mean(x: Tensor, axes: Shape): Tensor;
  leakyRelu(x: Tensor, slope: number): Tensor;
  conv2d(x: Tensor, filter: Tensor, strides: number, pad: "same"): Tensor;
  maxPool(x: Tensor, size: number, strides: number, pad: "valid"): Tensor;
  batchNorm(x: Tensor, mean: Tensor, variance: Tensor, beta: Tensor, gamma: Tensor, epsilon: number): Tensor;
  readonly losses: { softmaxCrossEntropy(labels: Tensor, logits: Tensor): Tensor };
  readonly train: {
    momentum(rate: number, momentum: number): { minimize(loss: () => Tensor, returnCost: true): Tensor };
  };
}

/** What is used here of `@tensorflow/tfjs-backend-wasm`. */
interface WasmBackend {
  setThreadsCount(count: number): void;
  setWasmPaths(folder: string): void;
}

/** The work in TensorFlow.js: a `Library`. */
export async function tensorflow(installed: NodeJS.Require, kind: Kind, batch: number): Promise<() => Promise<void>> {
  const tf = installed("@tensorflow/tfjs") as TensorFlow;
  const backend = installed("@tensorflow/tfjs-backend-wasm") as WasmBackend;
  backend.setWasmPaths(`${dirname(installed.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  backend.setThreadsCount(2);
  await tf.setBackend("wasm");
  const variable = (shape: Shape, scale: number) => tf.variable(tf.randomNormal(shape, 0, scale));
  const head = { weight: variable([width, classes], 0.01), bias: variable([classes], 0) };
  const loss = (z: Tensor, y: Tensor) => tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(z, head.weight), head.bias));
  const targets = (count: number) => tf.oneHot(tf.tensor1d(labels(count), "int32"), classes);
  const optimizer = tf.train.momentum(1e-4, 0.9);
  const step = async (forward: () => Tensor): Promise<void> => {
    const value = optimizer.minimize(forward, true);
    await value.data();
    value.dispose();
  };
  if (kind === "probe") {
    const [z, y] = [tf.randomNormal([samples, width]), targets(samples)];
    return async () => {
      for (const { start, count } of batchesOf(batch))
        await step(() => loss(tf.slice(z, [start, 0], [count, width]), tf.slice(y, [start, 0], [count, classes])));
    };
  }
  const network = darknet(tf, variable);
  const [x, y] = [tf.randomUniform([batch, size, size, 3]), targets(batch)];
  return () => step(() => loss(network(x), y));
}

/** Tiny Darknet with frozen batch statistics: images [batch, size, size, 3] → features [batch, width]. */
function darknet(tf: TensorFlow, variable: (shape: Shape, scale: number) => Tensor): (x: Tensor) => Tensor {
  const weights = convolutions.map((convolution) => {
    const [from, to, side] = convolution;
    return {
      filter: variable([side, side, from, to], initialScale(convolution)),
      beta: variable([to], 0),
      gamma: tf.variable(tf.ones([to])),
      mean: tf.zeros([to]),
      variance: tf.ones([to]),
    };
  });
  return (x) => {
    let at = 0;
    const z = layers.reduce((h, layer) => {
      if (layer === 0) return tf.maxPool(h, 2, 2, "valid");
      const { filter, mean, variance, beta, gamma } = weights[at++]!;
      return tf.leakyRelu(tf.batchNorm(tf.conv2d(h, filter, 1, "same"), mean, variance, beta, gamma, 1e-3), 0.1);
    }, x);
    return tf.mean(z, [1, 2]);
  };
}
