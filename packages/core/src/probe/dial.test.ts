import * as ort from "onnxruntime-node";
import { beforeAll, expect, test } from "vitest";
import { createEngine } from "../engine/create-engine.js";
import { classTargets, numberTargets } from "../data/targets.js";
import { normals, random } from "../data/random.js";
import { mlpHead } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { multiLabel } from "../objectives/multi-label.js";
import { regression } from "../objectives/regression.js";
import { dial, factorFor, unreachable, UnreachableEnergyError } from "./dial.js";
import { probeCached, type CachedProbeOptions } from "./probe-cached.js";
import type { ProbeStop } from "./probe-stop.js";

const [count, width, classes] = [150, 8, 3];
const labels = Array.from({ length: count }, (_, n) => n % classes);
const noise = normals(count * width, 1, random(0, "noise"));
/** Clusters that overlap, so that a linear head errs on some samples. */
const features = noise.map((v, i) => v + (i % width === labels[Math.floor(i / width)] ? 1.5 : 0));
const targets = classTargets(labels);
const options: CachedProbeOptions = {
  engine: createEngine(ort, { threads: 1 }),
  objective: classification(classes),
  train: { features, targets },
  validation: { features: features.slice(0, 60 * width), targets: classTargets(labels.slice(0, 60)) },
  width,
  epochs: 4,
  batch: 32,
  seed: 1,
};

let stops: ProbeStop[];
beforeAll(async () => {
  stops = await probeCached(options);
});

/** q = W z + b of a linear head in float64. */
function logitsOf(head: ReadonlyMap<string, Float32Array>): number[][] {
  const [w, b] = [head.get("head.weight")!, head.get("head.bias")!];
  return Array.from({ length: count }, (_, n) =>
    Array.from(b, (bias, j) =>
      features.subarray(n * width, (n + 1) * width).reduce((q, z, i) => q + z * w[j * width + i]!, bias),
    ),
  );
}

/** mean ‖e_y − softmax(q)‖, term by term. */
function energyOf(logits: readonly number[][], factor = 1): number {
  const lengths = logits.map((q, n) => {
    const exponentials = q.map((one) => Math.exp(factor * (one - Math.max(...q))));
    const sum = exponentials.reduce((a, b) => a + b);
    return Math.hypot(...exponentials.map((e, j) => (labels[n] === j ? 1 : 0) - e / sum));
  });
  return lengths.reduce((a, b) => a + b) / count;
}

function argmax(q: readonly number[]): number {
  return q.indexOf(Math.max(...q));
}

test("temperature brings a head to each energy, and changes no prediction", async () => {
  const wanted = [0.8, 0.6, 0.45];
  const dialled = await dial(options, stops, wanted, { from: 4 });
  const origin = stops.find((stop) => stop.tau === 4)!;
  const before = logitsOf(origin.head).map(argmax);
  for (const [i, stop] of dialled.entries()) {
    const logits = logitsOf(stop.head);
    expect(Math.abs(energyOf(logits) - wanted[i]!)).toBeLessThan(1e-6);
    expect(Math.abs(stop.energy - wanted[i]!)).toBeLessThan(1e-6);
    expect(logits.map(argmax)).toEqual(before);
    expect([stop.trainScore, stop.validationScore]).toEqual([origin.trainScore, origin.validationScore]);
    expect(stop.tau).toBe(`energy:${wanted[i]}`);
    expect(stop.dial).toMatchObject({ by: "temperature", from: 4 });
    expect(stop.headNorm / origin.headNorm).toBeCloseTo(stop.dial!.value, 5);
  }
  const factors = dialled.map((stop) => stop.dial!.value);
  expect(factors).toEqual(factors.toSorted((a, b) => a - b));
});

test("of two factors that leave the same energy it is the smaller, and what lies beyond is refused", async () => {
  // A head that is surer where it is right than where it is wrong: less sure of all, it is wrong less wholly.
  const jitter = normals(count * classes, 0.1, random(0, "jitter"));
  const logits = Array.from(labels, (y, n) => {
    const wrong = n % 5 === 0;
    return Array.from(
      { length: classes },
      (_, j) => jitter[n * classes + j]! + (j === (wrong ? (y + 1) % classes : y) ? (wrong ? 1 : 2) : 0),
    );
  });
  const grid = Array.from({ length: 2000 }, (_, i) => 0.005 * (i + 1));
  const energies = grid.map((factor) => energyOf(logits, factor));
  const least = Math.min(...energies);
  // Samples on the wrong side, so that the energy rises again; to √2 times their share in the end.
  const errors = logits.filter((q, n) => argmax(q) !== labels[n]).length / count;
  expect(errors).toBeGreaterThan(0.05);
  expect(energyOf(logits, 1e4)).toBeCloseTo(Math.SQRT2 * errors, 2);
  expect(energies.at(-1)!).toBeGreaterThan(least + 1e-3);

  const flat = Float64Array.from(logits.flat());
  const wanted = least + 1e-3;
  const reached = await factorFor(flat, targets, options.objective, wanted);
  if (!("found" in reached)) throw new Error("not reached");
  expect(energyOf(logits, reached.found.factor)).toBeCloseTo(wanted, 8);
  expect(reached.found.factor).toBeLessThan(grid[energies.indexOf(least)]!);

  // Within what a grid of halved octaves passes by: the turn itself is looked at.
  const barely = await factorFor(flat, targets, options.objective, least + 1e-7);
  if (!("found" in barely)) throw new Error("not reached");
  expect(energyOf(logits, barely.found.factor)).toBeCloseTo(least + 1e-7, 8);

  for (const beyond of [least - 1e-3, 1.3]) {
    const range = await factorFor(flat, targets, options.objective, beyond);
    if ("found" in range) throw new Error("reached");
    expect(range.low).toBeCloseTo(least, 6);
    expect(range.high).toBeCloseTo(Math.sqrt(1 - 1 / classes), 4);
  }
  const refused = dial(options, stops, [0.01], { from: 4 });
  await expect(refused).rejects.toThrow(UnreachableEnergyError);
  await expect(refused).rejects.toThrow(
    /^energy 0.01 cannot be reached by temperature from the head of tau 4, which reaches 0\.\d+ to 0\.816; ask/,
  );
});

test("without a tau, the head of the highest validation score is turned", async () => {
  const [dialled] = await dial(options, stops, [0.7]);
  const best = Math.max(...stops.map((stop) => stop.validationScore!));
  expect(dialled!.dial!.from).toBe(stops.find((stop) => stop.validationScore === best)!.tau);
});

test("the last layer of an mlp is scaled, and labels have a temperature too", async () => {
  const mlp = { ...options, epochs: 2, architecture: mlpHead({ width: 5 }) };
  const probed = await probeCached(mlp);
  const [turned] = await dial(mlp, probed, [0.6], { from: 2 });
  const origin = probed.find((stop) => stop.tau === 2)!;
  expect(turned!.energy).toBeCloseTo(0.6, 6);
  expect(turned!.trainScore).toBe(origin.trainScore);
  expect(turned!.head.get("head.1.weight")).toEqual(origin.head.get("head.1.weight"));

  const several = numberTargets(labels.map((y) => [y === 0 ? 1 : 0, y === 1 ? 0 : 1]));
  const ofLabels = {
    ...options,
    objective: multiLabel(2),
    epochs: 2,
    train: { features, targets: several },
    validation: undefined,
  };
  const [labelled] = await dial(ofLabels, await probeCached(ofLabels), [0.25]);
  const logits = logitsOf(labelled!.head);
  const lengths = logits.map((q, n) =>
    Math.hypot(...q.map((one, j) => several.data[2 * n + j]! - 1 / (1 + Math.exp(-one)))),
  );
  // The loss is a mean over the labels too.
  expect(lengths.reduce((a, b) => a + b) / 2 / count).toBeCloseTo(0.25, 6);
});

/** The gradient of the mean cross-entropy against soft targets, in W. */
function gradientOf(head: ReadonlyMap<string, Float32Array>, smoothing: number): number[] {
  const gradient = Array.from({ length: classes * width }, () => 0);
  for (const [n, q] of logitsOf(head).entries()) {
    const exponentials = q.map(Math.exp);
    const sum = exponentials.reduce((a, b) => a + b);
    for (let j = 0; j < classes; j++) {
      const target = (labels[n] === j ? 1 - smoothing : 0) + smoothing / classes;
      for (let i = 0; i < width; i++)
        gradient[j * width + i]! += ((exponentials[j]! / sum - target) * features[n * width + i]!) / count;
    }
  }
  return gradient;
}

test("by l2 and by smoothing it is the optimum that leaves the energy", async () => {
  const variance = meanVariance();
  const [penalised] = await dial(options, stops, [0.6], { by: "l2", from: 4 });
  expect(penalised!.energy).toBeCloseTo(0.6, 5);
  const lambda = penalised!.dial!.value * variance;
  const w = penalised!.head.get("head.weight")!;
  // Stationary: ∇L + λW = 0.
  for (const [i, g] of gradientOf(penalised!.head, 0).entries())
    expect(Math.abs(g + lambda * w[i]!)).toBeLessThan(1e-5);

  const [smoothed] = await dial(options, stops, [0.6], { by: "smoothing", from: 4 });
  expect(smoothed!.energy).toBeCloseTo(0.6, 5);
  for (const g of gradientOf(smoothed!.head, smoothed!.dial!.value)) expect(Math.abs(g)).toBeLessThan(1e-5);
  expect(smoothed!.dial!.value).toBeGreaterThan(0);
});

function meanVariance(): number {
  const columns = Array.from({ length: width }, (_, i) =>
    Array.from({ length: count }, (_, n) => features[n * width + i]!),
  );
  const variances = columns.map((column) => {
    const mean = column.reduce((a, b) => a + b) / count;
    return column.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count;
  });
  return variances.reduce((a, b) => a + b) / width;
}

test("a head of zeros is refused by its one energy, not by a range", async () => {
  const zeros = stops.map((stop) => ({
    ...stop,
    head: new Map([...stop.head].map(([name, data]) => [name, new Float32Array(data.length)])),
  }));
  const refused = dial(options, zeros, [0.5], { from: 0 });
  await expect(refused).rejects.toThrow(
    /^energy 0.5 cannot be reached by temperature from the head of tau 0, which leaves 0.816 wherever it is turned; dial another head$/,
  );
});

test("a narrow range is told in as many digits as it takes", () => {
  const narrow = { wanted: 0.5, by: "l2", from: 4, low: 0.94811, high: 0.94869 } as const;
  expect(unreachable(narrow, [])).toBe(
    "0.5 cannot be reached by l2, which reaches 0.9482 to 0.9486; ask for one in that range",
  );
});

test("several energies share one path of optima, and are what each is alone", async () => {
  let iterations = 0;
  const counted = { ...options, onIteration: () => void iterations++ };
  const took = async (...energies: number[]) => {
    iterations = 0;
    const found = await dial(counted, stops, energies, { by: "l2", from: 4 });
    return { found, iterations };
  };
  const [first, second, both] = [await took(0.55), await took(0.5), await took(0.55, 0.5)];
  expect(both.found).toEqual([...first.found, ...second.found]);
  expect(both.iterations).toBeLessThan(first.iterations + second.iterations);
});

test("numbers have no temperature, and an mlp has no one optimum", async () => {
  const numbers = {
    ...options,
    objective: regression(1),
    train: { features, targets: numberTargets(labels.map((y) => [y - 1])) },
    validation: undefined,
    epochs: 1,
  };
  const probed = await probeCached(numbers);
  await expect(dial(numbers, probed, [0.5])).rejects.toThrow("regression has no temperature to turn");
  const [bent] = await dial(numbers, probed, [0.6], { by: "l2" });
  expect(bent!.energy).toBeCloseTo(0.6, 5);
  const mlp = { ...options, architecture: mlpHead({ width: 5 }) };
  await expect(dial(mlp, stops, [0.5], { by: "l2" })).rejects.toThrow("use temperature");
});
