import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "../engine/create-engine.js";
import { classTargets, type Targets } from "../data/targets.js";
import { classification } from "../objectives/classification.js";
import { softmax } from "../objectives/logits.js";
import { mlpHead } from "../heads/index.js";
import type { ProbeStop } from "./probe-stop.js";
import { probeCached, type CachedProbeOptions } from "./probe-cached.js";
import { normals, random } from "../data/random.js";

const engine = createEngine(ort, { threads: 1 });

/** Clusters of `count` samples around the first `classes` axes, all shifted and stretched as features after ReLU are. */
function clusters(count: number, width: number, classes: number, distance: number) {
  const labels = Array.from({ length: count }, (_, n) => n % classes);
  const features = normals(count * width, 1, random(7, "noise")).map(
    (v, i) => (v + (i % width === labels[Math.floor(i / width)] ? distance : 0)) * (1 + (i % width)) + 20,
  );
  return { features, targets: classTargets(labels) };
}

async function converged(
  options: Partial<CachedProbeOptions> & Pick<CachedProbeOptions, "train" | "width" | "objective">,
): Promise<ProbeStop> {
  const stops = await probeCached({ engine, epochs: 2, batch: 16, seed: 1, taus: ["converged:0"], ...options });
  return stops.at(-1)!;
}

test.each([0.1, 0.2, 0.5])("separable features with smoothing %d end at the energy floor", async (smoothing) => {
  const classes = 5;
  // More features than samples: every target can be fitted exactly.
  const stop = await converged({
    train: clusters(30, 40, classes, 0),
    width: 40,
    objective: classification(classes),
    smoothing,
  });
  expect(stop.convergence!.reason).toBe("tolerance");
  expect(stop.energy).toBeCloseTo(smoothing * Math.sqrt((classes - 1) / classes), 4);
});

test("separable features with hard labels end where the gradient vanishes, and that is said", async () => {
  const stop = await converged({ train: clusters(60, 6, 3, 20), width: 6, objective: classification(3) });
  expect(stop).toMatchObject({ tau: "converged:0", trainScore: 1, convergence: { reason: "tolerance" } });
  expect(stop.convergence!.gradientNorm).toBeLessThanOrEqual(1e-6);
  expect(stop.energy).toBeLessThan(1e-4);
});

test.each([0, 0.1])(
  "overlapping features with smoothing %d end at the optimum that Newton's method finds",
  async (smoothing) => {
    const [width, classes] = [4, 3];
    const train = clusters(90, width, classes, 1);
    const objective = classification(classes);
    const stop = await converged({ train, width, objective, smoothing });
    const logits = newton(train, width, classes, smoothing);
    const { loss, energy } = objective.measure({ logits }, train.targets);
    expect(stop.loss).toBeCloseTo(loss, 5);
    expect(stop.energy).toBeCloseTo(energy, 5);
  },
);

test("the way there does not matter to a linear head", async () => {
  const given = { train: clusters(90, 4, 3, 1), width: 4, objective: classification(3) };
  const [a, b] = [await converged(given), await converged({ ...given, seed: 9, epochs: 1, learningRate: 1e-5 })];
  expect(b.loss).toBeCloseTo(a.loss, 6);
  expect(b.energy).toBeCloseTo(a.energy, 5);
});

test("squared error ends at the least-squares solution", async () => {
  const [width, classes] = [4, 3];
  const train = clusters(90, width, classes, 2);
  const stop = await converged({ train, width, objective: classification(classes), loss: "mse" });
  const rows = Array.from({ length: 90 }, (_, n) => [...train.features.subarray(n * width, (n + 1) * width), 1]);
  const normal = product(transpose(rows), rows);
  for (let c = 0; c < classes; c++) {
    const targets = Array.from(train.targets.data, (label) => [Number(label === c)]);
    const solution = solve(
      normal,
      product(transpose(rows), targets).map((r) => r[0]!),
    );
    for (let j = 0; j < width; j++) expect(stop.head.get("head.weight")![c * width + j]).toBeCloseTo(solution[j]!, 5);
    expect(stop.head.get("head.bias")![c]).toBeCloseTo(solution[width]!, 3);
  }
});

test("a perceptron goes on from the last tau to a point where the gradient is small", async () => {
  const given = {
    train: clusters(60, 6, 3, 1),
    width: 6,
    objective: classification(3),
    smoothing: 0.1,
    architecture: mlpHead({ width: 8 }),
  };
  const gradients: number[] = [];
  const stops = await probeCached({
    engine,
    epochs: 1,
    batch: 16,
    seed: 1,
    taus: ["converged:0"],
    onIteration: (_, gradientNorm) => gradients.push(gradientNorm),
    ...given,
  });
  const [last, end] = [stops.at(-2)!, stops.at(-1)!];
  expect(end.energy).toBeLessThan(last.energy);
  expect(end.convergence!.gradientNorm).toBeLessThan(gradients[0]! / 20);
});

/** Logits at the optimum of softmax regression, by Newton's method with its own gradient and Hessian, in float64. */
function newton(
  { features, targets }: { features: Float32Array; targets: Targets },
  width: number,
  classes: number,
  smoothing: number,
): number[] {
  const labels = Array.from(targets.data);
  const [count, columns] = [labels.length, width + 1];
  const column = (j: number): number[] => labels.map((_, n) => (j === width ? 1 : features[n * width + j]!));
  const x = Array.from({ length: columns }, (_, j) => column(j));
  // The same functions can be reached with the last class's weights held at 0.
  const size = (classes - 1) * columns;
  const theta = new Float64Array(size);
  const logitsOf = (): number[] =>
    labels.flatMap((_, n) =>
      Array.from({ length: classes }, (_, c) =>
        c === classes - 1 ? 0 : x.reduce((sum, xj, j) => sum + xj[n]! * theta[c * columns + j]!, 0),
      ),
    );
  for (let iteration = 0; iteration < 25; iteration++) {
    const p = softmax(logitsOf(), classes);
    const gradient = Array.from({ length: size }, () => 0);
    const hessian = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
    for (let n = 0; n < count; n++)
      for (let a = 0; a < size; a++) {
        const [c, j] = [Math.floor(a / columns), a % columns];
        const target = (labels[n] === c ? 1 - smoothing : 0) + smoothing / classes;
        const pc = p[n * classes + c]!;
        gradient[a]! += (pc - target) * x[j]![n]!;
        for (let b = 0; b < size; b++) {
          const [d, i] = [Math.floor(b / columns), b % columns];
          hessian[a]![b]! += pc * ((c === d ? 1 : 0) - p[n * classes + d]!) * x[j]![n]! * x[i]![n]!;
        }
      }
    solve(hessian, gradient).forEach((step, a) => (theta[a]! -= step));
  }
  return logitsOf();
}

function transpose(m: readonly (readonly number[])[]): number[][] {
  return m[0]!.map((_, j) => m.map((row) => row[j]!));
}

function product(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, i) => sum + v * b[i]![j]!, 0)));
}

/** Gaussian elimination with pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const m = matrix.map((row, i) => [...row, right[i]!]);
  const size = m.length;
  for (let i = 0; i < size; i++) {
    const pivot = m.slice(i).reduce((best, row, r) => (Math.abs(row[i]!) > Math.abs(m[best]![i]!) ? i + r : best), i);
    [m[i], m[pivot]] = [m[pivot]!, m[i]!];
    for (let r = 0; r < size; r++) {
      if (r === i) continue;
      const factor = m[r]![i]! / m[i]![i]!;
      for (let c = i; c <= size; c++) m[r]![c]! -= factor * m[i]![c]!;
    }
  }
  return m.map((row, i) => row[size]! / row[i]!);
}
