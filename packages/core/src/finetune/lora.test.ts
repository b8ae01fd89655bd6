import { loadModel, sgd, writeModel } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { perceptron, vectors } from "../../test/perceptron.js";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { extractFeatures } from "../backbone/features.js";
import { mergeLora, withLora } from "../backbone/lora.js";
import { mergeWeights } from "../backbone/split.js";
import { normals, random } from "../data/random.js";
import { arraySamples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import type { Weights } from "../engine/weights.js";
import { linearHead } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { exportModel } from "./export.js";
import { finetune } from "./finetune.js";
import type { FinetuneOptions } from "./options.js";

const engine = createEngine(ort, { threads: 1 });
const base = openBackbone(perceptron());
const objective = classification(3);
const of = (count: number, seed: number) => {
  const { x, labels } = vectors(count, seed);
  return arraySamples(engine, { x: { data: x, shape: [6] } }, classTargets(labels));
};
const data = { engine, objective, train: of(12, 1), validation: of(6, 2) };
const rate = 0.5;
const options: FinetuneOptions = {
  head: new Map([
    ["head.weight", normals(3 * base.width, 0.5, random(1))],
    ["head.bias", new Float32Array(3)],
  ]),
  epochs: 1,
  batch: 12,
  learningRate: rate,
  clipNorm: "none",
  optimizer: sgd({ momentum: 0, weightDecay: 0 }),
};
const [rank, alpha] = [2, 6];
const scale = alpha / rank;
const adapted = withLora(base, { rank, alpha, seed: 4 });
const shapes: Record<string, [number, number]> = { "1.weight": [6, 12], "2.weight": [12, 8] };
const valuesIn = ({ model }: Backbone, name: string): Float32Array =>
  model.graph.initializers.get(name)!.data as Float32Array;

/** a [n, k] b [k, m], in doubles. */
function product(a: ArrayLike<number>, b: ArrayLike<number>, [n, k, m]: [number, number, number]): number[] {
  return Array.from({ length: n * m }, (_, at) => {
    const [i, j] = [Math.floor(at / m), at % m];
    return Array.from({ length: k }, (_, l) => a[i * k + l]! * b[l * m + j]!).reduce((x, y) => x + y, 0);
  });
}

/** [rows, columns] → [columns, rows] */
function transpose(a: ArrayLike<number>, rows: number, columns: number): number[] {
  return Array.from({ length: rows * columns }, (_, at) => a[(at % rows) * columns + Math.floor(at / rows)]!);
}

test("features are the backbone's at the start, and A and B alone are trained", async () => {
  expect(await extractFeatures(engine, adapted, data.train)).toEqual(await extractFeatures(engine, base, data.train));
  expect(adapted.parameters).toEqual(Object.keys(shapes).flatMap((w) => [`lora.down.${w}`, `lora.up.${w}`]));
  for (const [weight, [width, outputs]] of Object.entries(shapes)) {
    const start = valuesIn(adapted, `lora.down.${weight}`);
    expect(start).toHaveLength(width * rank);
    for (const a of start) expect(Math.abs(a)).toBeLessThanOrEqual(1 / Math.sqrt(width));
    expect(valuesIn(adapted, `lora.up.${weight}`)).toEqual(new Float32Array(rank * outputs));
  }
  expect(adapted.parameterCount).toBe(rank * (6 + 12 + 12 + 8));
});

test("a step moves A and B by what the chain rule makes of the whole weights' gradient", async () => {
  // y = x (W + s A B): dA = s dW Bᵀ, dB = s Aᵀ dW, with dW from a step on all weights, from where the updates have brought them.
  let now: Weights = new Map();
  let head = options.head;
  for (const _ of [1, 2]) {
    const { backbone: plain, weights } = mergeLora(adapted, now);
    const whole = mergeWeights(plain, weights);
    const full = await finetune(whole, data, { ...options, head });
    const started = mergeWeights(adapted, now);
    const own = await finetune(started, data, { ...options, head });
    for (const [weight, [width, outputs]] of Object.entries(shapes)) {
      const gradient = full.last.get(weight)!.map((after, i) => (valuesIn(whole, weight)[i]! - after) / rate);
      const [a, b] = [valuesIn(started, `lora.down.${weight}`), valuesIn(started, `lora.up.${weight}`)];
      const toA = product(gradient, transpose(b, rank, outputs), [width, outputs, rank]);
      const toB = product(transpose(a, width, rank), gradient, [rank, width, outputs]);
      const close = (name: string, start: Float32Array, slope: number[]): void =>
        own.last.get(name)!.forEach((value, i) => expect(value).toBeCloseTo(start[i]! - rate * scale * slope[i]!, 5));
      close(`lora.down.${weight}`, a, toA);
      close(`lora.up.${weight}`, b, toB);
    }
    now = own.last;
    head = new Map([...own.last].filter(([name]) => name.startsWith("head.")));
  }
  expect(valuesIn(adapted, "1.weight")).toEqual(valuesIn(base, "1.weight"));
});

test("the exported model has the updates in its weights, and says what the trained one does", async () => {
  const { last } = await finetune(adapted, data, { ...options, epochs: 5 });
  const exported = exportModel(adapted, linearHead(), objective, last);
  const names = [...loadModel(writeModel(exported)).graph.initializers.keys()];
  expect(names.filter((name) => name.includes("lora"))).toEqual([]);
  expect(exported.graph.nodes.length).toBeLessThan(adapted.model.graph.nodes.length);
  const session = await engine.session(writeModel(exported));
  const { logits } = await session.run(await data.validation.feeds([0, 1, 2, 3, 4, 5]));
  await session.release();
  const z = await extractFeatures(engine, mergeWeights(adapted, last), data.validation);
  const q = product(z, transpose(last.get("head.weight")!, 3, base.width), [6, base.width, 3]);
  q.forEach((value, i) => expect(logits!.data[i]).toBeCloseTo(value + last.get("head.bias")![i % 3]!, 4));
});

test("layers are chosen by parts of their names, and refused where none is called so", () => {
  expect(withLora(base, { rank: 1, targets: ["2.w"] }).parameters).toEqual(["lora.down.2.weight", "lora.up.2.weight"]);
  expect(() => withLora(base, { targets: ["query"] })).toThrow(
    /^none of the backbone's 2 linear layers is called so \(query\); they are such as '/,
  );
  expect(() => withLora(base, { rank: 9 })).toThrow(/'1.weight' \[6, 12\] cannot have an update of rank 9; choose/);
});
