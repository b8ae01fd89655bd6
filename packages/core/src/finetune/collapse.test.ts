import { describe, expect, test } from "vitest";
import { backbone, coloured, data as task, head, objective } from "../../test/tiny-task.js";
import { extractFeatures } from "../backbone/features.js";
import { normals, random } from "../data/random.js";
import { classTargets } from "../data/targets.js";
import { linearHead } from "../heads/index.js";
import type { EpochMetrics } from "./checkpoint.js";
import { hasCollapsed, runStart, type Expected } from "./collapse.js";
import { finetuneOrPause } from "./run.js";

/** Loss, training score, validation score and ‖z‖ after each epoch. */
type Recorded = readonly (readonly [number, number, number, number])[];

/**
 * Epochs as `taskhead tune` recorded them before gradients were clipped: sign-digits, 450 images, Tiny Darknet at 64 px,
 * seed 0, batch 32, six epochs, ‖z_0‖ 63.2. At 3.5e-4, falling, taus 1 and 16 died; tau 4 was thrown back and recovered. At
 * the rates that range tests found (2e-4, 1.7e-4, 1.1e-4) all three recovered.
 */
const started = {
  1: { loss: 2.188, trainScore: 0.209, validationScore: 0.167 },
  4: { loss: 1.521, trainScore: 0.489, validationScore: 0.5 },
  16: { loss: 0.956, trainScore: 0.713, validationScore: 0.66 },
};
const died: { tau: 1 | 16; by: number; epochs: Recorded }[] = [
  {
    tau: 1,
    by: 3,
    epochs: [
      [1.93, 0.298, 0.207, 142.5],
      [2.52, 0.127, 0.087, 49.8],
      [2.44, 0.098, 0.1, 28.7],
      [2.35, 0.122, 0.1, 25.0],
      [2.35, 0.093, 0.1, 23.1],
      [2.34, 0.109, 0.1, 20.2],
    ],
  },
  {
    tau: 16,
    by: 2,
    epochs: [
      [2.42, 0.149, 0.1, 38.7],
      [2.43, 0.067, 0.1, 39.1],
      [2.39, 0.087, 0.1, 27.2],
      [2.35, 0.078, 0.1, 25.7],
      [2.34, 0.111, 0.1, 22.8],
      [2.34, 0.1, 0.1, 22.0],
    ],
  },
];
const recovered: { tau: 1 | 4 | 16; epochs: Recorded }[] = [
  {
    tau: 4,
    epochs: [
      [2.01, 0.256, 0.347, 50.0],
      [1.48, 0.484, 0.293, 112.2],
      [1.64, 0.431, 0.447, 104.2],
      [1.2, 0.56, 0.447, 82.0],
      [1.46, 0.471, 0.707, 98.0],
      [0.51, 0.813, 0.753, 187.6],
    ],
  },
  {
    tau: 1,
    epochs: [
      [1.96, 0.3, 0.293, 104.1],
      [1.88, 0.36, 0.44, 74.5],
      [1.19, 0.569, 0.593, 185.8],
      [0.73, 0.736, 0.713, 206.8],
      [0.64, 0.784, 0.787, 153.7],
      [0.33, 0.922, 0.933, 177.6],
    ],
  },
  {
    tau: 4,
    epochs: [
      [1.34, 0.527, 0.413, 181.1],
      [2.1, 0.264, 0.447, 68.3],
      [1.43, 0.467, 0.673, 97.2],
      [0.73, 0.749, 0.747, 182.5],
      [0.54, 0.809, 0.853, 176.8],
      [0.29, 0.909, 0.913, 203.1],
    ],
  },
  {
    tau: 16,
    epochs: [
      [1.1, 0.658, 0.24, 63.6],
      [1.68, 0.389, 0.453, 108.5],
      [1.13, 0.602, 0.793, 85.6],
      [0.5, 0.813, 0.8, 158.3],
      [0.64, 0.778, 0.813, 96.6],
      [0.32, 0.893, 0.913, 120.7],
    ],
  },
];

function historyOf(epochs: Recorded): EpochMetrics[] {
  return epochs.map(([loss, trainScore, validationScore, norm], i) => ({
    epoch: i + 1,
    loss,
    trainScore,
    validationError: null,
    validationLoss: 2,
    validationScore,
    adaptation: { euclidean: 90, cosine: 0.3, dot: 1000, norm, coherence: 0.7 },
    headNorm: 0.4,
  }));
}

const expectedFrom = (tau: 1 | 4 | 16): Expected => ({
  start: started[tau],
  featureNorm: 63.2,
  guess: Math.log(10),
  metric: { chance: 0.1 },
});

/** The first epoch by which a run counts as collapsed. */
function firstCollapse(tau: 1 | 4 | 16, epochs: Recorded): number | undefined {
  const history = historyOf(epochs);
  const found = history.findIndex((_, i) =>
    hasCollapsed(history.slice(0, i + 1), expectedFrom(tau), i + 1 === epochs.length ? "end" : "epoch"),
  );
  return found < 0 ? undefined : found + 1;
}

describe("the rule", () => {
  test.each(died)("sees by epoch $by that the run from tau $tau has died", ({ tau, by, epochs }) =>
    expect(firstCollapse(tau, epochs)).toBe(by),
  );

  test.each(recovered)("waits for what recovers, from tau $tau", ({ tau, epochs }) =>
    expect(firstCollapse(tau, epochs)).toBeUndefined(),
  );

  test("waits for features that have shrunk and still know half of what they did", () => {
    // CIFAR-10, 2,400 images, Tiny Darknet at 64 px, seed 10, clipped gradients, tau 15 at 1.6e-2, falling: at a third of it 70.5 %.
    const history = historyOf([
      [1.41, 0.503, 0.428, 40.2],
      [1.44, 0.487, 0.485, 29.5],
      [1.2, 0.573, 0.533, 35.4],
      [0.99, 0.648, 0.595, 41.5],
      [0.79, 0.713, 0.623, 50.2],
      [0.64, 0.775, 0.677, 54.6],
      [0.45, 0.844, 0.665, 69.6],
      [0.33, 0.882, 0.708, 78.2],
      [0.23, 0.922, 0.707, 89.6],
      [0.12, 0.963, 0.738, 97.2],
    ]);
    const expected = {
      ...expectedFrom(16),
      start: { loss: 0.916, trainScore: 0.674, validationScore: 0.585 },
      featureNorm: 58.4,
    };
    const seen = history.map((_, i) =>
      hasCollapsed(history.slice(0, i + 1), expected, i + 1 === history.length ? "end" : "epoch"),
    );
    expect(seen).not.toContain(true);
    expect(hasCollapsed(history.slice(0, 2), expected, "end")).toBe(true);
  });

  test("at a run's end takes its last epoch, however long features are", () => {
    const ended = historyOf([[1.8, 0.35, 0.4, 120]]);
    expect(hasCollapsed(ended, expectedFrom(4), "end")).toBe(true);
    expect(hasCollapsed(ended, expectedFrom(4), "epoch")).toBe(false);
    // Harder training samples, as augmented ones are, are no collapse while validation does not suffer.
    expect(hasCollapsed(historyOf([[1.8, 0.35, 0.6, 120]]), expectedFrom(4), "end")).toBe(false);
  });

  test("at a rung takes two epochs in a row, and so none that recovered", () => {
    const dead = historyOf([
      [1.8, 0.35, 0.4, 120],
      [1.9, 0.3, 0.35, 110],
    ]);
    const seen = (["epoch", "rung", "end"] as const).map((at) => hasCollapsed(dead, expectedFrom(4), at));
    expect(seen).toEqual([false, true, true]);
    expect(hasCollapsed(dead.slice(1), expectedFrom(4), "rung")).toBe(false);
    for (const { tau, epochs } of recovered)
      for (let rung = 2; rung < epochs.length; rung++)
        expect(hasCollapsed(historyOf(epochs.slice(0, rung)), expectedFrom(tau), "rung"), `tau ${tau}`).toBe(false);
  });

  test("takes a weighted loss and the accuracy that it gives up on purpose for no collapse, dead features for one", () => {
    const weighted = { ...expectedFrom(4), weighted: true };
    const traded = historyOf([[1.8, 0.35, 0.3, 120]]);
    expect([weighted, expectedFrom(4)].map((expected) => hasCollapsed(traded, expected, "end"))).toEqual([false, true]);
    expect(hasCollapsed(historyOf([[2.3, 0.1, 0.1, 20]]), weighted, "end")).toBe(true);
  });

  test("sees from a random head, too, that nothing is learned any more", () => {
    const random = { ...expectedFrom(1), start: { loss: 2.34, trainScore: 0.09, validationScore: 0.08 } };
    expect(hasCollapsed(historyOf([[2.33, 0.11, 0.1, 20]]), random, "end")).toBe(true);
    expect(hasCollapsed(historyOf([[2.1, 0.25, 0.2, 60]]), random, "end")).toBe(false);
    // At a rate that is too low, features are as long as they were.
    expect(hasCollapsed(historyOf([[2.33, 0.11, 0.1, 63]]), random, "end")).toBe(false);
  });
});

test("what JSON keeps as null says nothing", () => {
  const [epoch] = historyOf([[1.8, 0.35, 0.4, 120]]);
  for (const key of ["loss", "trainScore", "validationScore"] as const)
    expect(hasCollapsed([{ ...epoch!, [key]: null }], expectedFrom(4), "end")).toBe(false);
});

describe("a run", () => {
  const data = task(coloured(50, 1), coloured(20, 2));

  test("is measured against what its head gets on the features before", async () => {
    const features = async (set: typeof data.train) => extractFeatures(data.engine, backbone, set);
    const before = { train: await features(data.train), validation: await features(data.validation) };
    const start = await runStart(data, { kind: linearHead(), head, width: backbone.width }, before);
    // A run at rate 0 meets the same samples with the same weights.
    const still = await finetuneOrPause(backbone, data, { head, epochs: 1, batch: 50, learningRate: 0, seed: 5 });
    expect(start.loss).toBeCloseTo(still!.epochs[0]!.loss, 5);
    expect(start.trainScore).toBeCloseTo(still!.epochs[0]!.trainScore, 9);
    expect(start.validationScore).toBe(still!.epochs[0]!.validationScore);
    expect(objective.metric.chance).toBeCloseTo(1 / 3, 12);
  });

  test("is measured piece by piece, however many samples there are", async () => {
    const count = 5000;
    const width = backbone.width;
    const z = normals(count * width, 1, random(4));
    const labels = Array.from({ length: count }, (_, n) => n % 3);
    const many = { ...data.train, count, targets: classTargets(labels) };
    const batches: number[] = [];
    const watching = {
      ...data.engine,
      tensor: ((type, values, dims) => {
        batches.push(dims[0]!);
        return data.engine.tensor(type, values, dims);
      }) as typeof data.engine.tensor,
    };
    const set = { engine: watching, objective, train: many, validation: many };
    const start = await runStart(set, { kind: linearHead(), head, width }, { train: z, validation: z });
    expect(batches).toEqual([4096, 904, 4096, 904]);
    const [w, b] = [head.get("head.weight")!, head.get("head.bias")!];
    let [loss, right] = [0, 0];
    for (let n = 0; n < count; n++) {
      const q = Array.from(b, (bias, c) =>
        z.subarray(n * width, (n + 1) * width).reduce((sum, value, j) => sum + value * w[c * width + j]!, bias),
      );
      loss += Math.log(q.reduce((sum, one) => sum + Math.exp(one), 0)) - q[labels[n]!]!;
      right += Number(q.indexOf(Math.max(...q)) === labels[n]);
    }
    expect(start.loss).toBeCloseTo(loss / count, 6);
    expect(start.trainScore).toBeCloseTo(right / count, 9);
    expect(start.validationScore).toBe(start.trainScore);
  });
});
