import { crossEntropy, sgd, trainingStep } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "../engine/create-engine.js";
import { DivergedError } from "../engine/errors.js";
import { linearHead, mlpHead, headAlone, type HeadStart } from "../heads/index.js";
import { rows } from "../data/cached-values.js";
import { inOrder } from "../data/samples.js";
import { classTargets, pickTargets, targetTensor } from "../data/targets.js";
import { classification } from "../objectives/classification.js";
import { probeCached, type CachedProbeOptions } from "./probe-cached.js";
import { epochOrder, normals, random } from "../data/random.js";
import { Trainer } from "../engine/trainer.js";

const [count, width, classes] = [210, 16, 4];
const labels = Array.from({ length: count }, (_, n) => n % classes);
const noise = normals(count * width, 1, random(0, "noise"));
/** Clusters that overlap: class c is shifted along axis c. */
const features = noise.map((v, i) => v + (i % width === labels[Math.floor(i / width)] ? 2 : 0));
const targets = classTargets(labels);
const options: CachedProbeOptions = {
  engine: createEngine(ort, { threads: 1 }),
  objective: classification(classes),
  train: { features, targets },
  validation: { features, targets },
  width,
  epochs: 12,
  batch: 32,
  seed: 1,
};

test("probing starts at the random head's energy and lowers loss and energy", async () => {
  const stops = await probeCached(options);
  // Seven steps make an epoch: a quarter is the smallest fraction that is more than one of them.
  expect(stops.map((s) => s.tau)).toEqual([0, 1 / 4, 1 / 2, ...Array.from({ length: 12 }, (_, i) => i + 1)]);
  const [first, one, last] = [stops[0]!, stops[3]!, stops.at(-1)!];
  expect(first.energy).toBeCloseTo(Math.sqrt(1 - 1 / classes), 1);
  expect(last.energy).toBeLessThan(first.energy - 0.2);
  expect(last.loss).toBeLessThan(one.loss);
  expect(last.validationScore).toBe(last.trainScore);
  expect(last.headNorm).toBeGreaterThan(first.headNorm);
});

test("the auto rate makes the scale of the features irrelevant", async () => {
  // From a start that has no scale itself.
  const architecture = linearHead({ start: { kind: "zeros" } });
  const last = (await probeCached({ ...options, architecture })).at(-1)!.loss;
  for (const factor of [60, 1 / 60]) {
    const scaled = features.map((v) => v * factor);
    const train = { features: scaled, targets };
    const loss = (await probeCached({ ...options, architecture, train })).at(-1)!.loss;
    expect(Math.abs(loss / last - 1)).toBeLessThan(0.05);
  }
});

test("probing comes to the same loss from every start, however high it begins", async () => {
  // As long as pretrained features usually are: logits of nn.Linear's start have a deviation of about 1.5.
  const train = { features: features.map((v) => 2.5 * v), targets };
  const ends: number[] = [];
  for (const start of [
    { kind: "zeros" },
    { kind: "normal", deviation: 0.02 },
    { kind: "torch" },
  ] satisfies HeadStart[]) {
    const stops = await probeCached({ ...options, train, architecture: linearHead({ start }) });
    ends.push(stops.at(-1)!.loss);
    if (start.kind === "torch") expect(stops[0]!.loss).toBeGreaterThan(1.1 * Math.log(classes));
    else expect(stops[0]!.loss).toBeCloseTo(Math.log(classes), 1);
  }
  for (const loss of ends) expect(loss / ends[0]!).toBeCloseTo(1, 1);
});

test("the same seed gives the same heads, another seed others", async () => {
  const [a, b, c] = await Promise.all([
    probeCached(options),
    probeCached(options),
    probeCached({ ...options, seed: 2 }),
  ]);
  expect(b!.at(-1)!.head).toEqual(a!.at(-1)!.head);
  expect(c!.at(-1)!.head).not.toEqual(a!.at(-1)!.head);
});

test("smoothing leaves more energy and a smaller head", async () => {
  const [hard, smooth] = [await probeCached(options), await probeCached({ ...options, smoothing: 0.2 })].map((s) =>
    s.at(-1)!,
  );
  expect(smooth!.energy).toBeGreaterThan(hard!.energy);
  expect(smooth!.headNorm).toBeLessThan(hard!.headNorm);
});

test("a rate far too high is reported with its epoch", async () => {
  const error: unknown = await probeCached({ ...options, learningRate: 1e38 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DivergedError);
  expect((error as DivergedError).epoch).toBe(1);
});

test("a fraction of an epoch is the head after that share of the epoch's batches", async () => {
  const { engine, batch, seed } = options;
  const head = linearHead();
  const initial = head.initial(random(seed, "head"), width, classes);
  const step = trainingStep(headAlone(head, width, classes, initial), {
    loss: crossEntropy({ logits: "logits" }),
    optimizer: sgd({ momentum: 0.9 }),
    trainable: head.parameters,
  });
  const trainer = await Trainer.create(engine, step);
  for (const indices of inOrder(epochOrder(count, seed, "probe", 1), batch).slice(0, 3)) {
    const z = engine.tensor("float32", rows(features, width, indices), [indices.length, width]);
    await trainer.step({ z, target: targetTensor(engine, pickTargets(targets, indices)) }, 0.01);
  }
  const stops = await probeCached({ ...options, epochs: 1, learningRate: 0.01, taus: [0.4] });
  expect(stops.find((s) => s.tau === 0.4)!.head).toEqual(await trainer.parameters());
  await trainer.release();
});

test("measuring at more taus changes none of the heads", async () => {
  const [few, many] = [
    await probeCached(options),
    await probeCached({ ...options, taus: [0.3, 2.7, 5.5, "converged"] }),
  ];
  for (const stop of few) expect(many.find((s) => s.tau === stop.tau)).toEqual(stop);
});

test("squared error fits the targets instead of the likelihood: more energy, a smaller head", async () => {
  const [ce, mse] = [await probeCached(options), await probeCached({ ...options, loss: "mse" })].map((s) => s.at(-1)!);
  expect(mse!.trainScore).toBeGreaterThan(0.7);
  expect(mse!.energy).toBeGreaterThan(ce!.energy);
  expect(mse!.headNorm).toBeLessThan(ce!.headNorm);
});

test.each(["relu", "gelu", "tanh"] as const)("a perceptron (%s) fits what no linear head can", async (activation) => {
  // Two classes that differ by the product of two features alone.
  const z = normals(200 * 2, 1, random(1, "product"));
  const product = {
    features: z,
    targets: classTargets(Array.from({ length: 200 }, (_, n) => Number(z[2 * n]! * z[2 * n + 1]! > 0))),
  };
  const given = {
    ...options,
    train: product,
    validation: undefined,
    width: 2,
    objective: classification(2),
    epochs: 30,
  };
  const linear = (await probeCached(given)).at(-1)!;
  const mlp = (await probeCached({ ...given, architecture: mlpHead({ width: 32, depth: 2, activation }) })).at(-1)!;
  expect(linear.trainScore).toBeLessThan(0.65);
  expect(mlp.trainScore).toBeGreaterThan(0.85);
});

test("the auto rate makes the scale of the features irrelevant to a perceptron too", async () => {
  const architecture = mlpHead({ width: 24, depth: 2 });
  const last = (await probeCached({ ...options, architecture })).at(-1)!.loss;
  for (const factor of [60, 1 / 60]) {
    const scaled = { features: features.map((v) => v * factor), targets };
    const loss = (await probeCached({ ...options, architecture, train: scaled })).at(-1)!.loss;
    expect(Math.abs(loss / last - 1)).toBeLessThan(0.05);
  }
});

test("dropout acts in the steps of probing alone, and by the seed alone", async () => {
  const architecture = mlpHead({ width: 24, dropout: 0.5 });
  const given = { ...options, epochs: 2, architecture };
  const [a, b, none] = [
    await probeCached(given),
    await probeCached(given),
    await probeCached({ ...given, architecture: mlpHead({ width: 24 }) }),
  ];
  expect(b).toEqual(a);
  expect(none[0]).toEqual(a[0]);
  expect(none.at(-1)!.head).not.toEqual(a.at(-1)!.head);
});

test("with nearly every hidden unit dropped only the last bias learns", async () => {
  const architecture = mlpHead({ width: 24, dropout: 0.999999 });
  const [first, last] = [0, -1].map((i) =>
    probeCached({ ...options, epochs: 1, architecture }).then((s) => s.at(i)!.head),
  );
  const [before, after] = [await first!, await last!];
  for (const name of ["head.1.weight", "head.2.weight"]) expect(after.get(name)).toEqual(before.get(name));
  expect(after.get("head.2.bias")).not.toEqual(before.get("head.2.bias"));
});

test("adamw probes as its formula says, at its own rate", async () => {
  const [first, stop] = await probeCached({ ...options, optimizer: "adamw", epochs: 1, batch: count });
  // Loshchilov and Hutter 2019, one step from zero moments: p ← p − ηλp − η g / (|g| + ε).
  const [w, b] = [first!.head.get("head.weight")!, first!.head.get("head.bias")!];
  const gradW = new Float64Array(w.length);
  const gradB = new Float64Array(classes);
  for (let n = 0; n < count; n++) {
    const z = features.subarray(n * width, (n + 1) * width);
    const q = Array.from(b, (bias, c) => bias + z.reduce((sum, v, j) => sum + v * w[c * width + j]!, 0));
    const total = q.reduce((sum, v) => sum + Math.exp(v), 0);
    q.forEach((v, c) => {
      const d = (Math.exp(v) / total - (labels[n] === c ? 1 : 0)) / count;
      gradB[c]! += d;
      for (let j = 0; j < width; j++) gradW[c * width + j]! += d * z[j]!;
    });
  }
  const stepped = (p: number, g: number): number => p - 1e-3 * 0.01 * p - (1e-3 * g) / (Math.abs(g) + 1e-8);
  const [afterW, afterB] = [stop!.head.get("head.weight")!, stop!.head.get("head.bias")!];
  for (let i = 0; i < w.length; i++) expect(Math.abs(afterW[i]! - stepped(w[i]!, gradW[i]!))).toBeLessThan(1e-6);
  for (let c = 0; c < classes; c++) expect(Math.abs(afterB[c]! - stepped(b[c]!, gradB[c]!))).toBeLessThan(1e-6);
});
