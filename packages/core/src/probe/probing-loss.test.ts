import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { normals, random } from "../data/random.js";
import { numberTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { linearHead, mlpHead } from "../heads/index.js";
import { multiLabel } from "../objectives/multi-label.js";
import { probeNetwork } from "./probe-network.js";
import { openProbingLoss } from "./probing-loss.js";

const [width, labels, unmeasured, measured] = [3, 2, 4096, 40];
const engine = createEngine(ort, { threads: 1 });

test.each([
  ["in float64", linearHead()],
  ["in float32", mlpHead({ width: 4 })],
])("a piece of samples without any measured label adds nothing, %s", async (_, head) => {
  const objective = multiLabel(labels);
  const network = probeNetwork({ head, width, outputs: labels, seed: 1 });
  const start = network.initial(1);
  const features = normals((unmeasured + measured) * width, 1, random(2));
  const known = Array.from({ length: measured }, (__, n) => [n % 2, n % 3 === 0 ? NaN : 1]);
  const none = Array.from({ length: unmeasured }, () => [NaN, NaN]);
  const common = { engine, loss: objective.loss(), weight: objective.weight };
  const whole = await openProbingLoss(network, start, {
    ...common,
    features,
    targets: numberTargets([...none, ...known]),
  });
  const part = { features: features.slice(unmeasured * width), targets: numberTargets(known) };
  const alone = await openProbingLoss(network, start, { ...common, ...part });
  const [a, b] = [await whole.at(whole.pack(start)), await alone.at(alone.pack(start))];
  expect(a.value).toBeGreaterThan(0);
  expect(a).toEqual(b);
  await whole.release();
  await alone.release();
});

test("a runtime without float64 gives the same to its own precision", async () => {
  const objective = multiLabel(labels);
  const network = probeNetwork({ head: linearHead(), width, outputs: labels, seed: 1 });
  const start = network.initial(1);
  const features = normals(measured * width, 1, random(2));
  const targets = numberTargets(Array.from({ length: measured }, (__, n) => [n % 2, n % 3 === 0 ? NaN : 1]));
  const common = { loss: objective.loss(), weight: objective.weight, features, targets };
  const single = { ...engine, doublePrecision: () => Promise.resolve(false) };
  const [exact, rounded] = [
    await openProbingLoss(network, start, { ...common, engine }),
    await openProbingLoss(network, start, { ...common, engine: single }),
  ];
  expect([exact.double, rounded.double]).toEqual([true, false]);
  const [a, b] = [await exact.at(exact.pack(start)), await rounded.at(rounded.pack(start))];
  expect(b.value).toBeCloseTo(a.value, 6);
  a.gradient.forEach((g, i) => expect(b.gradient[i]).toBeCloseTo(g, 6));
  await exact.release();
  await rounded.release();
});
