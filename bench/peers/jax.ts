import { pathToFileURL } from "node:url";
import { batchesOf, classes, convolutions, initialScale, labels, layers, size, width } from "./work.js";
import type { Kind } from "./work.js";

type Shape = readonly number[];

/** An array of jax-js, which every use consumes; `ref` is one more use. */
interface Numbers {
  readonly ref: Numbers;
  readonly shape: Shape;
  data(): Promise<unknown>;
  reshape(shape: Shape): Numbers;
  add(other: Numbers): Numbers;
  sub(other: Numbers): Numbers;
  mul(other: Numbers | number): Numbers;
}

/** What is used here of `@jax-js/jax`, which the user installs elsewhere, so that its own types are not there. */
interface Jax {
  init(device: "wasm"): Promise<unknown>;
  defaultDevice(device: "wasm"): unknown;
  blockUntilReady(tree: Parameters): Promise<unknown>;
  jit<A extends unknown[], R>(f: (...given: A) => R): (...given: A) => R;
  valueAndGrad<P>(f: (p: P, x: Numbers, y: Numbers) => Numbers): (p: P, x: Numbers, y: Numbers) => [Numbers, P];
  readonly tree: {
    ref<T>(tree: T): T;
    map<T>(f: (...leaves: Numbers[]) => Numbers, ...trees: T[]): T;
  };
  readonly numpy: {
    readonly int32: unknown;
    array(values: readonly number[], options: { dtype: unknown }): Numbers;
    zeros(shape: Shape): Numbers;
    ones(shape: Shape): Numbers;
    zerosLike(x: Numbers): Numbers;
    matmul(a: Numbers, b: Numbers): Numbers;
    mean(x: Numbers, axes?: Shape): Numbers;
    sum(x: Numbers, axis: number): Numbers;
    max(x: Numbers, axes: Shape): Numbers;
  };
  readonly nn: {
    oneHot(indices: Numbers, depth: number): Numbers;
    logSoftmax(x: Numbers): Numbers;
    leakyRelu(x: Numbers, slope: number): Numbers;
  };
  readonly lax: { convGeneralDilated(x: Numbers, filter: Numbers, strides: Shape, padding: "SAME"): Numbers };
  readonly random: { key(seed: number): Numbers; normal(key: Numbers, shape: Shape): Numbers };
}

/** The head's, and of each convolution: none where cached features are probed. */
interface Parameters {
  weight: Numbers;
  bias: Numbers;
  filters: Numbers[];
  gammas: Numbers[];
  betas: Numbers[];
}

/** Mean cross-entropy of logits and one-hot targets. */
type Loss = (parameters: Parameters, x: Numbers, y: Numbers) => Numbers;

/** The work in jax-js: a `Library`. */
export async function jax(installed: NodeJS.Require, kind: Kind, batch: number): Promise<() => Promise<void>> {
  const library = (await import(pathToFileURL(installed.resolve("@jax-js/jax")).href)) as Jax;
  const { init, defaultDevice, numpy, nn, random } = library;
  await init("wasm");
  defaultDevice("wasm");
  const key = random.key(0);
  const normal = (shape: Shape, scale: number) => random.normal(key.ref, shape).mul(scale);
  const targets = (count: number) => nn.oneHot(numpy.array(labels(count), { dtype: numpy.int32 }), classes);
  const used = kind === "probe" ? [] : convolutions;
  const step = stepOf(library, kind === "probe" ? headLoss(library) : networkLoss(library), {
    weight: normal([width, classes], 0.01),
    bias: numpy.zeros([classes]),
    filters: used.map((convolution) => {
      const [from, to, side] = convolution;
      return normal([to, from, side, side], initialScale(convolution));
    }),
    gammas: used.map(([, to]) => numpy.ones([1, to, 1, 1])),
    betas: used.map(([, to]) => numpy.zeros([1, to, 1, 1])),
  });
  if (kind === "probe") {
    const turns = batchesOf(batch).map(({ count }) => [normal([count, width], 1), targets(count)] as const);
    return async () => {
      for (const [z, y] of turns) await step(z.ref, y.ref);
    };
  }
  const [x, y] = [normal([batch, 3, size, size], 1), targets(batch)];
  return () => step(x.ref, y.ref);
}

/** On features [batch, width]. */
function headLoss({ numpy, nn }: Jax): Loss {
  return ({ weight, bias }, z, y) => {
    const logits = numpy.matmul(z, weight).add(bias);
    return numpy.mean(numpy.sum(nn.logSoftmax(logits).mul(y), -1)).mul(-1);
  };
}

/** On images [batch, 3, size, size], through Tiny Darknet with scales and shifts in place of BatchNorm. */
function networkLoss(library: Jax): Loss {
  const { numpy, nn, lax } = library;
  const loss = headLoss(library);
  const pooled = (h: Numbers): Numbers => {
    const [count, channels, height, across] = h.shape as [number, number, number, number];
    return numpy.max(h.reshape([count, channels, height / 2, 2, across / 2, 2]), [3, 5]);
  };
  return (parameters, x, y) => {
    let at = 0;
    const z = layers.reduce((h, layer) => {
      if (layer === 0) return pooled(h);
      const own = at++;
      const convolved = lax.convGeneralDilated(h, parameters.filters[own]!, [1, 1], "SAME");
      return nn.leakyRelu(convolved.mul(parameters.gammas[own]!).add(parameters.betas[own]!), 0.1);
    }, x);
    return loss(parameters, numpy.mean(z, [2, 3]), y);
  };
}

/** SGD with momentum, compiled; it keeps the parameters. */
function stepOf(
  { tree, numpy, jit, valueAndGrad, blockUntilReady }: Jax,
  loss: Loss,
  initial: Parameters,
): (x: Numbers, y: Numbers) => Promise<void> {
  const update = jit((w: Parameters, v: Parameters, x: Numbers, y: Numbers) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(w), x, y);
    const moved = tree.map((old, gradient) => old!.mul(0.9).add(gradient!), v, gradients);
    return [value, tree.map((old, change) => old!.sub(change!.mul(1e-4)), w, tree.ref(moved)), moved] as const;
  });
  let parameters = initial;
  let velocity = tree.map((w) => numpy.zerosLike(w!.ref), parameters);
  return async (x, y) => {
    const [value, w, v] = update(parameters, velocity, x, y);
    [parameters, velocity] = [w, v];
    await value.data();
    await blockUntilReady(w);
  };
}
