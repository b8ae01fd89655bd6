import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "./engine.js";
import { DivergedError } from "./errors.js";
import { probe, spread, type ProbeOptions } from "./probe.js";
import { normals, random } from "./random.js";

const [count, width, classes] = [210, 16, 4];
const labels = Array.from({ length: count }, (_, n) => n % classes);
const noise = normals(count * width, 1, random(0, "noise"));
/** Clusters that overlap: class c is shifted along axis c. */
const features = noise.map((v, i) => v + (i % width === labels[Math.floor(i / width)] ? 2 : 0));
const options: ProbeOptions = {
  engine: createEngine(ort, { threads: 1 }),
  train: { features, labels },
  validation: { features, labels },
  width,
  classes,
  epochs: 12,
  batch: 32,
  seed: 1,
};

test("probing starts at the random head's energy and lowers loss and energy", async () => {
  const stops = await probe(options);
  expect(stops.map((s) => s.tau)).toEqual(Array.from({ length: 13 }, (_, i) => i));
  expect(stops[0]!.energy).toBeCloseTo(Math.sqrt(1 - 1 / classes), 1);
  expect(stops[12]!.energy).toBeLessThan(stops[0]!.energy - 0.2);
  expect(stops[12]!.loss).toBeLessThan(stops[1]!.loss);
  expect(stops[12]!.validationAccuracy).toBe(stops[12]!.trainAccuracy);
  expect(stops[12]!.headNorm).toBeGreaterThan(stops[0]!.headNorm);
});

test("the auto rate makes the scale of the features irrelevant", async () => {
  const last = (await probe(options)).at(-1)!.loss;
  for (const factor of [60, 1 / 60]) {
    const scaled = features.map((v) => v * factor);
    const loss = (await probe({ ...options, train: { features: scaled, labels } })).at(-1)!.loss;
    expect(Math.abs(loss / last - 1)).toBeLessThan(0.05);
  }
});

test("the same seed gives the same heads, another seed others", async () => {
  const [a, b, c] = await Promise.all([probe(options), probe(options), probe({ ...options, seed: 2 })]);
  expect(b!.at(-1)!.head).toEqual(a!.at(-1)!.head);
  expect(c!.at(-1)!.head).not.toEqual(a!.at(-1)!.head);
});

test("smoothing leaves more energy and a smaller head", async () => {
  const [hard, smooth] = [await probe(options), await probe({ ...options, smoothing: 0.2 })].map((s) => s.at(-1)!);
  expect(smooth!.energy).toBeGreaterThan(hard!.energy);
  expect(smooth!.headNorm).toBeLessThan(hard!.headNorm);
});

test("a rate far too high is reported with its epoch", async () => {
  const error: unknown = await probe({ ...options, learningRate: 1e38 }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DivergedError);
  expect((error as DivergedError).epoch).toBe(1);
});

test("spread picks the ends and taus evenly spaced in energy", () => {
  const stops = [0.9, 0.6, 0.5, 0.45, 0.42, 0.41, 0.3].map((energy, tau) => ({ tau, energy }));
  expect(spread(stops, 3)).toEqual([0, 1, 6]);
  expect(spread(stops, 4)).toEqual([0, 1, 2, 6]);
  expect(spread(stops, 99)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});
