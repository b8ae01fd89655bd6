/**
 * The peers in JavaScript, on their WebAssembly backends: `node javascript.js LIBRARY KIND BATCH FOLDER` prints
 * { perSecond, peakBytes }, or fails with what the library lacks.
 *
 * LIBRARY is tensorflow or jax; KIND is darknet (the training step at 64 pixels, images a second) or probe (an epoch of
 * probing 3,000 cached features of width 128, epochs a second). FOLDER is where they were installed:
 * `npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm @jax-js/jax`.
 */
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [library, kind, batchText, folder] = process.argv.slice(2);
const batch = Number(batchText);
const [size, width, classes, samples] = [64, 128, 10, 3000];
const installed = createRequire(join(resolve(folder), "package.json"));

/** Tiny Darknet: convolutions as [in, out, side], 0 for a pool. */
// prettier-ignore
const layers = [
  [3, 16, 3], 0, [16, 32, 3], 0, [32, 16, 1], [16, 128, 3], [128, 16, 1], [16, 128, 3], 0, [128, 32, 1],
  [32, 256, 3], [256, 32, 1], [32, 256, 3], 0, [256, 64, 1], [64, 512, 3], [512, 64, 1], [64, 512, 3], [512, 128, 1],
];
const convolutions = layers.filter((layer) => layer !== 0);
const labels = (count) => Array.from({ length: count }, (_, i) => i % classes);

async function tensorflow() {
  const tf = installed("@tensorflow/tfjs");
  const { setThreadsCount, setWasmPaths } = installed("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(installed.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  setThreadsCount(2);
  await tf.setBackend("wasm");
  const variable = (shape, scale) => tf.variable(tf.randomNormal(shape, 0, scale));
  const head = { W: variable([width, classes], 0.01), b: variable([classes], 0) };
  const loss = (z, y) => tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(z, head.W), head.b));
  const targets = (count) => tf.oneHot(tf.tensor1d(labels(count), "int32"), classes);
  const optimizer = tf.train.momentum(1e-4, 0.9);
  const step = async (forward) => {
    const value = optimizer.minimize(forward, true);
    await value.data();
    value.dispose();
  };
  if (kind === "probe") {
    const z = tf.randomNormal([samples, width]);
    const y = targets(samples);
    return async () => {
      for (let i = 0; i < samples; i += batch) {
        const count = Math.min(batch, samples - i);
        await step(() => loss(tf.slice(z, [i, 0], [count, width]), tf.slice(y, [i, 0], [count, classes])));
      }
    };
  }
  const weights = convolutions.map(([from, to, side]) => ({
    filter: variable([side, side, from, to], Math.sqrt(2 / (side * side * from))),
    beta: variable([to], 0),
    gamma: tf.variable(tf.ones([to])),
    mean: tf.zeros([to]),
    variance: tf.ones([to]),
  }));
  const x = tf.randomUniform([batch, size, size, 3]);
  const y = targets(batch);
  const forward = () => {
    const own = weights.values();
    const z = layers.reduce((h, layer) => {
      if (layer === 0) return tf.maxPool(h, 2, 2, "valid");
      const { filter, mean, variance, beta, gamma } = own.next().value;
      return tf.leakyRelu(tf.batchNorm(tf.conv2d(h, filter, 1, "same"), mean, variance, beta, gamma, 1e-3), 0.1);
    }, x);
    return loss(tf.mean(z, [1, 2]), y);
  };
  return () => step(forward);
}

async function jax() {
  const { init, defaultDevice, numpy, nn, lax, random, jit, valueAndGrad, blockUntilReady, tree } = await import(
    pathToFileURL(installed.resolve("@jax-js/jax"))
  );
  await init("wasm");
  defaultDevice("wasm");
  const key = random.key(0);
  const normal = (shape, scale) => random.normal(key.ref, shape).mul(scale);
  const targets = (count) => nn.oneHot(numpy.array(labels(count), { dtype: numpy.int32 }), classes);
  const loss = ({ W, b }, z, y) => {
    const logits = numpy.matmul(z, W).add(b);
    return numpy.mean(numpy.sum(nn.logSoftmax(logits).mul(y), -1)).mul(-1);
  };
  const network = ({ filters, gammas, betas, ...head }, x, y) => {
    let at = 0;
    const z = layers.reduce((h, layer) => {
      const [count, channels, height, across] = h.shape;
      if (layer === 0) return numpy.max(h.reshape([count, channels, height / 2, 2, across / 2, 2]), [3, 5]);
      const own = at++;
      const convolved = lax.convGeneralDilated(h, filters[own], [1, 1], "SAME");
      return nn.leakyRelu(convolved.mul(gammas[own]).add(betas[own]), 0.1);
    }, x);
    return loss(head, numpy.mean(z, [2, 3]), y);
  };
  let parameters = { W: normal([width, classes], 0.01), b: numpy.zeros([classes]) };
  if (kind === "darknet")
    Object.assign(parameters, {
      filters: convolutions.map(([from, to, side]) =>
        normal([to, from, side, side], Math.sqrt(2 / (side * side * from))),
      ),
      gammas: convolutions.map(([, to]) => numpy.ones([1, to, 1, 1])),
      betas: convolutions.map(([, to]) => numpy.zeros([1, to, 1, 1])),
    });
  let velocity = tree.map((w) => numpy.zerosLike(w.ref), parameters);
  const update = jit((w, v, x, y) => {
    const [value, gradients] = valueAndGrad(kind === "probe" ? loss : network)(tree.ref(w), x, y);
    const moved = tree.map((old, gradient) => old.mul(0.9).add(gradient), v, gradients);
    return [value, tree.map((old, change) => old.sub(change.mul(1e-4)), w, tree.ref(moved)), moved];
  });
  const step = async (x, y) => {
    const [value, w, v] = update(parameters, velocity, x, y);
    [parameters, velocity] = [w, v];
    await value.data();
    await blockUntilReady(w);
  };
  if (kind === "probe") {
    const starts = Array.from({ length: Math.ceil(samples / batch) }, (_, i) => i * batch);
    const turns = starts.map((start) => {
      const count = Math.min(batch, samples - start);
      return [normal([count, width], 1), targets(count)];
    });
    return async () => {
      for (const [z, y] of turns) await step(z.ref, y.ref);
    };
  }
  const [x, y] = [normal([batch, 3, size, size], 1), targets(batch)];
  return () => step(x.ref, y.ref);
}

const turn = await { tensorflow, jax }[library]();
await turn();
const seconds = [];
const began = performance.now();
while (seconds.length < 3 || (performance.now() - began < 5000 && seconds.length < 30)) {
  const start = performance.now();
  await turn();
  seconds.push((performance.now() - start) / 1000);
}
const median = seconds.sort((a, b) => a - b)[seconds.length >> 1];
console.log(
  JSON.stringify({
    perSecond: (kind === "probe" ? 1 : batch) / median,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
process.exit(0);
