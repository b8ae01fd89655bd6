import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { createEngine } from "../engine/create-engine.js";
import { random } from "../data/random.js";
import type { Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";
import { headAlone, headNorm, linearHead, mlpHead, type Head } from "./index.js";

const engine = createEngine(ort, { threads: 1 });
const [width, classes] = [5, 3];
const z = Float32Array.from({ length: 2 * width }, (_, i) => Math.sin(i + 1));

async function logits(head: Head, weights: Weights): Promise<number[]> {
  const outputs = await withSession(engine, headAlone(head, width, classes, weights), (session) =>
    session.run({ z: engine.tensor("float32", z, [2, width]) }),
  );
  return [...(outputs["logits"]!.data as Float32Array)];
}

/** W x + b for every row of x. */
function affine(x: readonly number[], w: Float32Array, b: Float32Array): number[] {
  const inputs = w.length / b.length;
  return Array.from({ length: x.length / inputs }, (_, n) =>
    [...b].map(
      (bias, c) => bias + x.slice(n * inputs, (n + 1) * inputs).reduce((s, v, j) => s + v * w[c * inputs + j]!, 0),
    ),
  ).flat();
}

/** Abramowitz and Stegun 7.1.26, good to 1.5e-7. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - poly * Math.exp(-x * x));
}

test.each([
  ["relu", (v: number) => Math.max(0, v)],
  ["gelu", (v: number) => (v / 2) * (1 + erf(v / Math.SQRT2))],
  ["tanh", Math.tanh],
] as const)("a perceptron with %s computes what its definition says", async (activation, f) => {
  const head = mlpHead({ width: 7, depth: 2, activation, dropout: 0.9 });
  const weights = new Map(
    [...head.initial(random(1), width, classes)].map(([name, data]) => [
      name,
      data.map((v, i) => v + 0.2 * Math.cos(i)),
    ]),
  );
  const layer = (i: number, x: readonly number[]): number[] =>
    affine(x, weights.get(`head.${i}.weight`)!, weights.get(`head.${i}.bias`)!);
  const expected = layer(3, layer(2, layer(1, [...z]).map(f)).map(f));
  (await logits(head, weights)).forEach((q, i) => expect(q).toBeCloseTo(expected[i]!, 4));
});

test("hidden weights start by fan-in and the features' scale, the last layer as nn.Linear does", () => {
  const weights = mlpHead({ width: 400, depth: 2 }).initial(random(2), 100, 10, 9);
  const sigma = (name: string): number =>
    Math.sqrt(weights.get(name)!.reduce((s, v) => s + v * v, 0) / weights.get(name)!.length);
  expect(sigma("head.1.weight")).toBeCloseTo(Math.sqrt(2 / (100 * 9)), 3);
  expect(sigma("head.2.weight")).toBeCloseTo(Math.sqrt(2 / 400), 3);
  // U(±1/√400) has the deviation 1/√1200.
  expect(sigma("head.3.weight")).toBeCloseTo(1 / Math.sqrt(1200), 3);
  expect(Math.max(...weights.get("head.3.bias")!.map(Math.abs))).toBeGreaterThan(0.02);
  expect(new Set(weights.get("head.2.bias"))).toEqual(new Set([0]));
});

test("the norm of a head leaves out biases and the weights of blocks", () => {
  const weights = new Map([
    ["head.weight", Float32Array.of(3, 4)],
    ["head.bias", Float32Array.of(100)],
    ["layer4.conv.weight", Float32Array.of(100)],
  ]);
  expect(headNorm(linearHead(), weights)).toBe(5);
});

test("a head says which of its weights are missing", () => {
  expect(() => headAlone(linearHead(), width, classes, new Map())).toThrow(/lack 'head.weight'; they hold nothing/);
});

test("heads of no size are refused", () => {
  expect(() => mlpHead({ width: 0 })).toThrow("width wants a whole number of at least 1, not 0");
  expect(() => mlpHead({ width: 4, depth: 0 })).toThrow("depth wants a whole number of at least 1, not 0");
  for (const dropout of [1, -0.1, NaN])
    expect(() => mlpHead({ width: 4, dropout })).toThrow(
      `dropout wants a number of at least 0 and below 1, not ${dropout}`,
    );
});
