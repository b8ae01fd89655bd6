import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "../engine/create-engine.js";
import { classTargets, numberTargets, type Targets } from "../data/targets.js";
import { normals, random } from "../data/random.js";
import { linearHead, mlpHead } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { sigmoid, softmax } from "../objectives/logits.js";
import { multiLabel } from "../objectives/multi-label.js";
import type { Objective } from "../objectives/objective.js";
import { regression } from "../objectives/regression.js";
import { openOptimiser, type Converged, type Optimiser } from "./converge.js";
import { convergeByValidation } from "./penalty.js";
import { probeCached } from "./probe-cached.js";
import { probeNetwork } from "./probe-network.js";

const engine = createEngine(ort, { threads: 1 });

interface Reference {
  width: number;
  variance: number;
  features: number[];
  classes: number[];
  labels: number[][];
  numbers: number[][];
  optima: { task: string; smoothing: number; strength: number; objective: number; outputs: number[][] }[];
}

/** Optima by scikit-learn; `made` in the file says how. */
const reference = JSON.parse(
  readFileSync(new URL("./penalty.reference.json", import.meta.url), "utf8"),
) as unknown as Reference;

const { width } = reference;
const features = Float32Array.from(reference.features);

interface Task {
  objective: Objective;
  targets: Targets;
  /** What the objective makes of logits. */
  outputs: (logits: ArrayLike<number>) => ArrayLike<number>;
}

const tasks: Record<string, Task> = {
  classes: {
    objective: classification(3),
    targets: classTargets(reference.classes),
    outputs: (logits) => softmax(logits, 3),
  },
  labels: { objective: multiLabel(2), targets: numberTargets(reference.labels), outputs: sigmoid },
  numbers: { objective: regression(2), targets: numberTargets(reference.numbers), outputs: (logits) => logits },
};

/** q = W z + b in float64. */
function logitsOf({ weights }: Converged): number[] {
  const [w, b] = [weights.get("head.weight")!, weights.get("head.bias")!];
  return Array.from({ length: features.length / width }, (_, n) =>
    Array.from(
      b,
      (bias, c) =>
        bias + w.subarray(c * width, (c + 1) * width).reduce((q, v, j) => q + v * features[n * width + j]!, 0),
    ),
  ).flat();
}

test.each(reference.optima)(
  "$task with smoothing $smoothing at strength $strength: the optimum of scikit-learn, to 1e-6",
  async ({ task, smoothing, strength, objective: least, outputs: expected }) => {
    const { objective, targets, outputs } = tasks[task]!;
    const k = objective.outputs;
    const network = probeNetwork({ head: linearHead(), width, outputs: k, seed: 1 });
    const start = network.initial(1);
    const loss = objective.loss(smoothing ? { smoothing } : {});
    const optimiser = await openOptimiser(network, start, {
      engine,
      loss,
      weight: objective.weight,
      features,
      targets,
    });
    const found = await optimiser.minimise(start, strength);
    await optimiser.release();
    const { lambda } = found.convergence;
    expect(lambda).toBeCloseTo(strength * reference.variance, 6);
    const logits = logitsOf(found);
    const penalty = (lambda / 2) * found.weights.get("head.weight")!.reduce((sum, w) => sum + w * w, 0);
    const plain = objective.measure({ logits }, targets).loss;
    // (1−ε) of the plain loss and ε of the mean over classes.
    const uniform =
      smoothing &&
      [0, 1, 2].reduce(
        (sum, c) => sum + objective.measure({ logits }, classTargets(reference.classes.map(() => c))).loss / 3,
        0,
      );
    expect((1 - smoothing) * plain + smoothing * uniform + penalty).toBeCloseTo(least, 8);
    const made = outputs(logits);
    expected
      .flat()
      .forEach((value, i) => expect(Math.abs(made[i]! - value)).toBeLessThan(1e-6 * Math.max(1, Math.abs(value))));
  },
);

/** Heads that are a number, their strength. */
function fake(log: number[]): Optimiser {
  return {
    async minimise(_, strength) {
      log.push(strength);
      const convergence = { iterations: 1, gradientNorm: 0, reason: "tolerance" as const, strength, lambda: strength };
      return { weights: new Map([["w", Float32Array.of(strength)]]), convergence };
    },
    async release() {},
  };
}

const start = new Map([["w", Float32Array.of(-1)]]);
const strengthIn = (weights: ReadonlyMap<string, Float32Array>): number => weights.get("w")![0]!;

test("the highest validation score decides, and of equal ones the strongest penalty", async () => {
  const log: number[] = [];
  const score = async (weights: ReadonlyMap<string, Float32Array>) => (strengthIn(weights) < 0.05 ? 0.75 : 0.5);
  const { weights, convergence } = await convergeByValidation(fake(log), start, { convex: true, samples: 50, score });
  expect(log).toHaveLength(15);
  expect(log).toEqual(log.toSorted((a, b) => b - a));
  expect(convergence.strength).toBeCloseTo(10 ** -1.5, 10);
  expect(strengthIn(weights)).toBeCloseTo(10 ** -1.5, 6);
  expect(convergence.choice).toMatchObject({ by: "validation" });
  expect(convergence.choice!.tried.map(({ validationScore }) => validationScore)).toEqual(
    log.map((s) => (s < 0.05 ? 0.75 : 0.5)),
  );
});

test("the path ends two decades past the best", async () => {
  const log: number[] = [];
  const score = async (weights: ReadonlyMap<string, Float32Array>) => -Math.abs(Math.log10(strengthIn(weights)));
  const { convergence } = await convergeByValidation(fake(log), start, { convex: true, samples: 50, score });
  expect(convergence.strength).toBe(1);
  expect(log.at(-1)).toBeCloseTo(0.01, 10);
});

test("without a validation score the strength is 1/N", async () => {
  const log: number[] = [];
  const { convergence } = await convergeByValidation(fake(log), start, {
    convex: true,
    samples: 50,
    score: async () => null,
  });
  expect(log).toEqual([0.02]);
  expect(convergence).toMatchObject({ strength: 0.02, choice: { by: "default", tried: [] } });
});

const clusters = {
  features: normals(60 * 6, 1, random(5, "noise")).map((v, i) => 4 * (v + Number(i % 6 === Math.floor(i / 6) % 3))),
  targets: classTargets(Array.from({ length: 60 }, (_, n) => n % 3)),
};
const validation = {
  features: normals(30 * 6, 4, random(6, "noise")),
  targets: classTargets(clusters.targets.data.subarray(0, 30)),
};
const probing = {
  engine,
  train: clusters,
  validation,
  width: 6,
  objective: classification(3),
  epochs: 1,
  batch: 16,
  seed: 1,
};

test("both optima can be asked for; that of the loss alone has the lower loss, and the choice is the same again", async () => {
  const taus = ["converged:0", "converged"] as const;
  const [a, b] = [await probeCached({ ...probing, taus }), await probeCached({ ...probing, taus })];
  const [penalised, plain] = a.slice(-2);
  expect([penalised!.tau, plain!.tau]).toEqual(["converged", "converged:0"]);
  expect(plain!.loss).toBeLessThan(penalised!.loss);
  expect(plain!.headNorm).toBeGreaterThan(penalised!.headNorm);
  expect(plain!.convergence).toMatchObject({ strength: 0, lambda: 0 });
  const { choice } = penalised!.convergence!;
  const best = Math.max(...choice!.tried.map(({ validationScore }) => validationScore!));
  expect(penalised!.validationScore).toBe(best);
  expect(choice!.tried.find(({ validationScore }) => validationScore === best)!.strength).toBe(
    penalised!.convergence!.strength,
  );
  expect(b).toEqual(a);
});

test("a perceptron starts each strength from the last tau's head", async () => {
  const architecture = mlpHead({ width: 8 });
  const stops = await probeCached({ ...probing, architecture, taus: ["converged"] });
  const { convergence, headNorm } = stops.at(-1)!;
  expect(convergence!.choice!.tried.map(({ strength }) => Math.round(Math.log10(strength)))).toEqual([
    -1, -2, -3, -4, -5,
  ]);
  expect(convergence!.iterations).toBeLessThanOrEqual(100);
  expect(headNorm).toBeGreaterThan(0);
});
