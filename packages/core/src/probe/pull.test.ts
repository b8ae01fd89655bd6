import { expect, test } from "vitest";
import { stagedNetwork } from "../../test/networks.js";
import { engine, modality } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { splitBackbone } from "../backbone/split.js";
import { normals, random } from "../data/random.js";
import { classTargets, numberTargets, type Targets } from "../data/targets.js";
import type { Weights } from "../engine/weights.js";
import { denseHead, linearHead, mlpHead, type Head } from "../heads/index.js";
import { segmentation } from "../objectives/segmentation.js";
import { classification } from "../objectives/classification.js";
import { multiLabel } from "../objectives/multi-label.js";
import type { Objective } from "../objectives/objective.js";
import { regression } from "../objectives/regression.js";
import { probeCached } from "./probe-cached.js";
import { ProbeEvaluation } from "./probe-evaluation.js";
import { probeNetwork, type ProbeNetwork } from "./probe-network.js";

const [count, width] = [60, 5];
const features = normals(count * width, 1, random(1, "features")).map((v, i) => v + 1 + (i % width) / 4);
const rng = random(2, "targets");

const tasks: Record<string, { objective: Objective; targets: Targets }> = {
  classes: { objective: classification(3), targets: classTargets(Array.from({ length: count }, (_, n) => n % 3)) },
  labels: {
    objective: multiLabel(2),
    targets: numberTargets(
      Array.from({ length: count }, () => [rng.integer(0, 1), rng.uniform() < 0.3 ? NaN : rng.integer(0, 1)]),
    ),
  },
  numbers: {
    objective: regression(2, { huber: 1 }),
    targets: numberTargets(Array.from({ length: count }, (_, n) => [Math.sin(n), 3 * Math.cos(n)])),
  },
};

async function pullOf(
  network: ProbeNetwork,
  objective: Objective,
  weights: Weights,
  values: Float32Array,
  targets: Targets,
) {
  const evaluation = await ProbeEvaluation.open({ engine, objective, train: values, batch: 16, seed: 1 }, network);
  const all = await evaluation.withStatistics(weights);
  const { pull } = await evaluation.trained(all, { features: values, targets }, network.inputSize);
  /** The loss where all that is read is c times as long. */
  const lossAt = async (c: number): Promise<number> =>
    objective.measure(
      await evaluation.run(
        all,
        values.map((v) => c * v),
      ),
      targets,
    ).loss;
  const slope = ((await lossAt(1.002)) - (await lossAt(0.998))) / 0.004;
  await evaluation.release();
  return { pull, slope };
}

const heads: [string, Head][] = [
  ["linear head", linearHead()],
  ["perceptron", mlpHead({ width: 6, activation: "tanh" })],
];

test.each(Object.keys(tasks).flatMap((task) => heads.map(([name, head]) => [task, name, head] as const)))(
  "of %s with a %s it is how fast the loss falls as features grow",
  async (task, _, head) => {
    const { objective, targets } = tasks[task]!;
    const network = probeNetwork({ head, width, outputs: objective.outputs, seed: 3 });
    const weights = new Map(
      [...network.initial(1)].map(([name, w]) => [name, normals(w.length, 0.7, random(4, name))]),
    );
    const { pull, slope } = await pullOf(network, objective, weights, features, targets);
    expect(Math.abs(pull)).toBeGreaterThan(0.01);
    expect(Math.abs(pull + slope)).toBeLessThan(1e-3 * Math.max(1, Math.abs(pull)));
  },
);

test("of a linear head it is mean (W z)ᵀ(e_y − p), the bias left out", async () => {
  const { objective, targets } = tasks["classes"]!;
  const network = probeNetwork({ head: linearHead(), width, outputs: 3, seed: 3 });
  const [w, b] = [normals(3 * width, 1, random(5)), Float32Array.of(0.3, -2, 1)];
  const { pull } = await pullOf(
    network,
    objective,
    new Map([
      ["head.weight", w],
      ["head.bias", b],
    ]),
    features,
    targets,
  );
  let expected = 0;
  for (let n = 0; n < count; n++) {
    const wz = [0, 1, 2].map((c) =>
      [...w.subarray(c * width, (c + 1) * width)].reduce((sum, v, j) => sum + v * features[n * width + j]!, 0),
    );
    const e = wz.map((q, c) => Math.exp(q + b[c]!));
    const total = e[0]! + e[1]! + e[2]!;
    wz.forEach((q, c) => (expected += (q * (Number(n % 3 === c) - e[c]! / total)) / count));
  }
  expect(pull).toBeCloseTo(expected, 5);
});

test.each([undefined, 4])(
  "of maps with %s hidden channels it is how fast the loss falls as all places grow",
  async (hidden) => {
    const map = { channels: 3, height: 2, width: 3 };
    const head = denseHead({ map, size: { height: 5, width: 6 }, ...(hidden ? { hidden } : {}) });
    const network = probeNetwork({ head, width: 18, outputs: 3, seed: 3 });
    const weights = new Map(
      [...network.initial(1)].map(([name, w]) => [name, normals(w.length, 0.7, random(4, name))]),
    );
    const maps = normals(9 * 18, 1, random(6, "maps"));
    const data = Int32Array.from({ length: 9 * 30 }, (_, i) => ((i * 7) % 4) - 1);
    const { pull, slope } = await pullOf(network, segmentation(3), weights, maps, { data, shape: [5, 6] });
    expect(Math.abs(pull)).toBeGreaterThan(0.01);
    expect(Math.abs(pull + slope)).toBeLessThan(1e-3 * Math.max(1, Math.abs(pull)));
  },
);

test("with reinitialised blocks it is about the activation at the cut", async () => {
  const backbone = openBackbone(stagedNetwork(), { modality });
  const { blocks } = splitBackbone(backbone, 1);
  const network = probeNetwork({ head: linearHead(), blocks, width: backbone.width, outputs: 3, seed: 3 });
  const values = normals(24 * network.inputSize, 1, random(6, "activations"));
  const targets = classTargets(Array.from({ length: 24 }, (_, n) => n % 3));
  const weights = new Map(
    [...network.initial(1)].map(([name, w]) => [name, name === "head.weight" ? w.map((v) => 100 * v) : w]),
  );
  const { pull, slope } = await pullOf(network, classification(3), weights, values, targets);
  expect(Math.abs(pull)).toBeGreaterThan(0.01);
  expect(Math.abs(pull + slope)).toBeLessThan(2e-3);
});

test.each(Object.entries(tasks))(
  "of %s it is 0 at the optimum, and λ‖W‖² at the penalised one",
  async (_, { objective, targets }) => {
    const train = { features, targets };
    const options = { engine, objective, train, validation: train, width, epochs: 1, batch: 16, seed: 1 };
    const [penalised, plain] = (await probeCached({ ...options, taus: ["converged", "converged:0"] })).slice(-2);
    expect(Math.abs(plain!.pull)).toBeLessThan(2e-6);
    const { lambda } = penalised!.convergence!;
    expect(lambda).toBeGreaterThan(0);
    expect(Math.abs(penalised!.pull - lambda * penalised!.headNorm ** 2)).toBeLessThan(2e-6);
  },
);
