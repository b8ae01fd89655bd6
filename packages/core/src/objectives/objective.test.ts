import { differentiate, GraphBuilder } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { normals, random } from "../data/random.js";
import { inOrder, upTo } from "../data/samples.js";
import { classTargets, pickTargets, targetTensor, type Targets } from "../data/targets.js";
import { withSession } from "../engine/with-session.js";
import { classification } from "./classification.js";
import { energyOf } from "./energy.js";
import { sigmoid, softmax } from "./logits.js";
import { multiLabel } from "./multi-label.js";
import type { Objective } from "./objective.js";
import { regression } from "./regression.js";

const [samples, outputs] = [23, 3];
const logits = normals(samples * outputs, 1.5, random(1, "logits"));

/** Numbers of which about a third is not known; the first sample has none at all. */
function withGaps(of: (i: number) => number): Targets {
  const rng = random(2, "gaps");
  const data = Float32Array.from(logits, (_, i) => (i < outputs || rng.uniform() < 1 / 3 ? NaN : of(i)));
  return { data, shape: [outputs] };
}

const labels = Int32Array.from({ length: samples }, (_, n) => (n * n) % outputs);
const noise = normals(samples * outputs, 1, random(3, "targets"));
const cases: [string, Objective, Targets][] = [
  ["classification", classification(outputs), classTargets(labels)],
  ["multi-label", multiLabel(outputs), { data: noise.map((v) => Number(v > 0)), shape: [outputs] }],
  ["multi-label with gaps", multiLabel(outputs), withGaps((i) => Number(noise[i]! > 0))],
  ["regression", regression(outputs), { data: noise, shape: [outputs] }],
  ["regression with gaps", regression(outputs), withGaps((i) => noise[i]!)],
  ["Huber's regression with gaps", regression(outputs, { huber: 0.7 }), withGaps((i) => noise[i]!)],
];

/** The loss that training minimises, and its gradient by the logits, as the engine computes them. */
async function trained(objective: Objective, targets: Targets): Promise<{ loss: number; gradient: Float32Array }> {
  const b = new GraphBuilder();
  b.setOutputs({ logits: b.op("Identity", [b.input("q", "float32", ["batch", outputs])]) });
  const { graph, ...rest } = b.model();
  const model = { ...rest, graph: { ...graph, outputs: [] } };
  const wrt = ["q"];
  return withSession(engine, differentiate(model, { loss: objective.loss(), wrt }), async (session) => {
    const q = engine.tensor("float32", logits, [samples, outputs]);
    const found = await session.run({ q, target: targetTensor(engine, targets) });
    return { loss: Number(found["loss"]!.data[0]), gradient: found["gradient.q"]!.data as Float32Array };
  });
}

describe.each(cases)("%s", (_, objective, targets) => {
  test("measures the loss that training minimises", async () => {
    expect(objective.measure({ logits }, targets).loss).toBeCloseTo((await trained(objective, targets)).loss, 5);
  });

  test("has the residual −N ∂L/∂q of that loss", async () => {
    const { gradient } = await trained(objective, targets);
    const residual = objective.residual({ logits }, targets);
    expect(residual).toHaveLength(samples * outputs);
    residual.forEach((r, i) => expect(r).toBeCloseTo(-samples * gradient[i]!, 5));
  });

  test("measures energy and score as they are found one by one", () => {
    const { energy, score } = objective.measure({ logits }, targets);
    expect(Math.abs(energy - energyOf(objective.residual({ logits }, targets), outputs))).toBeLessThan(1e-9);
    expect(score).toBe(objective.score({ logits }, targets).value);
    expect(score).toBeLessThanOrEqual(1);
  });

  test("takes the activation that the runtime has computed", () => {
    const { activation } = objective;
    if (!activation) return;
    const activated = activation === "Softmax" ? softmax(logits, outputs) : sigmoid(logits);
    const [own, given] = [objective.measure({ logits }, targets), objective.measure({ logits, activated }, targets)];
    expect(given.energy).toBeCloseTo(own.energy, 12);
    expect(given.loss).toBeCloseTo(own.loss, 12);
  });

  test("puts the mean losses of parts together by its weight", () => {
    const parts = inOrder(upTo(samples), 7).map((indices) => {
      const own = pickTargets(targets, indices);
      const q = indices.flatMap((n) => [...logits.subarray(n * outputs, (n + 1) * outputs)]);
      return { loss: objective.measure({ logits: q }, own).loss, weight: objective.weight(own) };
    });
    const weights = parts.reduce((sum, { weight }) => sum + weight, 0);
    expect(weights).toBe(objective.weight(targets));
    const whole = parts.reduce((sum, { loss, weight }) => sum + (loss * weight) / weights, 0);
    expect(whole).toBeCloseTo(objective.measure({ logits }, targets).loss, 9);
  });

  test("says what each sample adds to the score", () => {
    const { value, hits, contributions } = objective.score({ logits }, targets);
    const each = contributions ?? Array.from(hits!, Number);
    expect(each).toHaveLength(samples);
    expect([...each].reduce((sum, one) => sum + one, 0) / samples).toBeCloseTo(value, 12);
  });
});

test.each([cases[0]!, cases[1]!, cases[2]!])("%s loses what guessing loses at logits of 0", (_, objective, targets) => {
  const { loss } = objective.measure({ logits: new Float32Array(logits.length) }, targets);
  expect(loss).toBeCloseTo(objective.guess, 9);
});

test.each(cases)("%s bends along a logit as much as it says, and no more", (_, objective, targets) => {
  const one = pickTargets(targets, [1]);
  const loss = (q: number, at: number): number =>
    objective.measure(
      { logits: Float32Array.from({ length: outputs }, (__, i) => (i === at ? q : i > at ? -9 : 0)) },
      one,
    ).loss;
  const step = 0.05;
  const bends = (at: number, q: number): number =>
    (loss(q + step, at) - 2 * loss(q, at) + loss(q - step, at)) / step ** 2;
  const most = Math.max(...[0, 1, 2].flatMap((at) => [-1, 0, 1].map((q) => bends(at, q))));
  const known = one.shape.length === 0 ? outputs : [...one.data].filter((y) => !Number.isNaN(y)).length;
  // What is not known leaves its share of a mean to the rest.
  const share = objective.name === "multi-label" ? outputs / known : 1;
  expect(most).toBeLessThan(1.01 * share * objective.curvature);
  expect(most).toBeGreaterThan(0.9 * share * objective.curvature);
});

test("regression loses what guessing loses at logits of 0, on numbers of mean 0 and variance 1", () => {
  const targets = {
    data: Float32Array.from({ length: 2 * outputs }, (_, i) => (i < outputs ? 1 : -1)),
    shape: [outputs],
  };
  const { loss } = regression(outputs).measure({ logits: new Float32Array(2 * outputs) }, targets);
  expect(loss).toBeCloseTo(regression(outputs).guess, 12);
});

/** Σ sum / Σ of over batches of 7. */
function tallied(objective: Objective, q: Float32Array, targets: Targets): number {
  let [sum, of] = [0, 0];
  for (const indices of inOrder(upTo(samples), 7)) {
    const batch = indices.flatMap((n) => [...q.subarray(n * objective.outputs, (n + 1) * objective.outputs)]);
    const tally = objective.tally({ logits: batch }, pickTargets(targets, indices));
    sum += tally.sum;
    of += tally.of;
  }
  return sum / of;
}

describe("the tally of an epoch", () => {
  test("is the accuracy", () => {
    const [, objective, targets] = cases[0]!;
    expect(tallied(objective, logits, targets)).toBeCloseTo(objective.score({ logits }, targets).value, 12);
  });

  test("is R² of numbers standardised on the same samples", () => {
    const columns = upTo(outputs).map((j) => noise.filter((_, i) => i % outputs === j));
    const means = columns.map((column) => column.reduce((sum, y) => sum + y, 0) / samples);
    const deviations = columns.map((column, j) =>
      Math.sqrt(column.reduce((sum, y) => sum + (y - means[j]!) ** 2, 0) / samples),
    );
    const data = noise.map((y, i) => (y - means[i % outputs]!) / deviations[i % outputs]!);
    const targets = { data, shape: [outputs] };
    const objective = regression(outputs);
    expect(tallied(objective, logits, targets)).toBeCloseTo(objective.score({ logits }, targets).value, 5);
  });

  test("is a mean of batches' ROC-AUC, passing over those in which no label has both", () => {
    const objective = multiLabel(1);
    const data = Float32Array.from({ length: samples }, (_, n) => (n < 14 ? n % 2 : 1));
    const q = Float32Array.from({ length: samples }, (_, n) => (n < 7 ? n % 2 : -(n % 2)));
    // The first batch is right, the second wrong; the others hold positives alone.
    expect(tallied(objective, q, { data, shape: [1] })).toBe(0.5);
    expect(objective.tally({ logits: [1, 2] }, { data: Float32Array.of(1, 1), shape: [1] })).toEqual({ sum: 0, of: 0 });
  });
});
