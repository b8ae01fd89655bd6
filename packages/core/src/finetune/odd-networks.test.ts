import { float32, Float, GraphBuilder, sgd, writeModel, type Value } from "@taskhead/autograd";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { withLora } from "../backbone/lora.js";
import { normals, random } from "../data/random.js";
import { arraySamples, inOrder, upTo, type Samples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { createEngine } from "../engine/create-engine.js";
import { linearHead } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { textSamples } from "../text/samples.js";
import { exportModel } from "./export.js";
import { finetune } from "./finetune.js";
import type { FinetuneOptions } from "./options.js";
import { stepsPerEpoch } from "./run.js";
import { createTrainer } from "./training-setup.js";

const engine = createEngine(ort, { threads: 1 });
const objective = classification(3);
const [count, width] = [12, 6];
const x = normals(count * width, 1, random(1, "x"));
const samples = arraySamples(engine, { x: { data: x, shape: [width] } }, classTargets(upTo(count).map((n) => n % 3)));

function built(build: (b: GraphBuilder, x: Value, weight: (name: string) => Value) => Value): Backbone {
  const b = new GraphBuilder();
  const input = b.input("x", "float32", ["batch", width]);
  const weight = (name: string): Value =>
    b.initializer(name, float32(normals(width * width, 0.4, random(2, name)), [width, width]));
  b.setOutputs({ features: build(b, input, weight) });
  return openBackbone(writeModel(b.model()));
}

const head = linearHead().initial(random(3, "head"), width, 3);
const trained = (backbone: Backbone, train: Samples, more: Partial<FinetuneOptions> = {}) =>
  finetune(
    backbone,
    { engine, objective, train, validation: samples },
    { head, epochs: 2, batch: 4, learningRate: 0.05, ...more },
  );

test("running statistics move by the model's own momentum", async () => {
  for (const momentum of [0.9, 0.7, 0.99]) {
    const backbone = built((b, input) => {
      const of = (name: string, value: number): Value =>
        b.initializer(name, float32(new Float32Array(width).fill(value)));
      const inputs = [input, of("scale", 1), of("shift", 0), of("mean", 0), of("variance", 1)];
      return b.op("BatchNormalization", inputs, { momentum: new Float(momentum) });
    });
    const { last } = await trained(backbone, samples, { epochs: 1, batch: 12, learningRate: 0, batchNorm: "train" });
    const mean = x.reduce((sum, v, i) => (i % width === 0 ? sum + v / count : sum), 0);
    expect(last.get("mean")![0]).toBeCloseTo((1 - momentum) * mean, 5);
  }
});

test("a weight that layers share has one update, and the exported network is the trained one", async () => {
  const backbone = built((b, input, weight) => {
    const shared = weight("shared");
    const once = b.op("Tanh", [b.op("MatMul", [input, shared], {}, { name: "first" })]);
    return b.op("Tanh", [b.op("MatMul", [once, shared], {}, { name: "second" })]);
  });
  for (const targets of [undefined, ["first"]]) {
    const adapted = withLora(backbone, { rank: 2, ...(targets && { targets }) });
    expect(adapted.lora!.adapters).toHaveLength(1);
    const { last, after } = await trained(adapted, samples, { optimizer: sgd() });
    const session = await ort.InferenceSession.create(exportAs(adapted, last));
    const { logits } = await session.run({ x: new ort.Tensor("float32", x, [count, width]) });
    await session.release();
    const [w, bias] = [last.get("head.weight")!, last.get("head.bias")!];
    const z = after.train as Float32Array;
    for (let n = 0; n < count; n++)
      for (let k = 0; k < 3; k++) {
        let q = bias[k]!;
        for (let i = 0; i < width; i++) q += w[k * width + i]! * z[n * width + i]!;
        expect(logits!.data[3 * n + k]).toBeCloseTo(q, 4);
      }
  }
});

const exportAs = (backbone: Backbone, weights: ReadonlyMap<string, Float32Array>): Uint8Array =>
  writeModel(exportModel(backbone, linearHead(), objective, new Map(weights)));

test("a weight that is read in two ways has no update", () => {
  const backbone = built((b, input, weight) => {
    const shared = weight("shared");
    const once = b.op("Tanh", [b.op("Gemm", [input, shared])]);
    return b.op("Tanh", [b.op("Gemm", [once, shared], { transB: 1 })]);
  });
  expect(() => withLora(backbone, { rank: 2 })).toThrow("has no linear layers for low-rank updates");
});

test("a set that makes more batches of its samples has rates that fall to the last of them", async () => {
  const many: Samples = {
    ...samples,
    batches: (order, size) =>
      upTo(4).flatMap((k) =>
        inOrder(
          order.filter((i) => i % 4 === k),
          size,
        ),
      ),
  };
  expect(stepsPerEpoch(many, { batch: 8, seed: 0 })).toBe(4);
  const rates: number[] = [];
  const backbone = built((b, input, weight) => b.op("Tanh", [b.op("MatMul", [input, weight("w")])]));
  const schedule = { kind: "linear", warmup: 0 } as const;
  await trained(backbone, many, {
    epochs: 3,
    batch: 8,
    schedule,
    onStep: (step) => void rates.push(step.learningRate),
  });
  expect(rates).toHaveLength(12);
  rates.forEach((rate, i) => expect(rate).toBeCloseTo(0.05 * (1 - i / 12), 8));
});

/** Texts of three and six words through a mean over all that they are filled up to: there is no mask. */
function unmasked() {
  const [words, texts] = [9000, 128];
  const b = new GraphBuilder();
  const ids = b.input("input_ids", "int64", ["batch", "tokens"]);
  const table = b.initializer("words", float32(normals(words * 4, 0.5, random(4, "words")), [words, 4]));
  const dense = b.op("MatMul", [
    b.op("Gather", [table, ids]),
    b.initializer("dense", float32(normals(16, 0.5, random(5, "dense")), [4, 4])),
  ]);
  b.setOutputs({ features: b.op("ReduceMax", [b.op("Tanh", [dense]), b.ints([1])], { keepdims: 0 }) });
  const lengths = upTo(texts).map((n) => (n % 2 ? 3 : 6));
  const starts = Uint32Array.from({ length: texts + 1 }, (_, n) => lengths.slice(0, n).reduce((a, v) => a + v, 0));
  const rng = random(6, "ids");
  const source = {
    count: texts,
    targets: classTargets(upTo(texts).map((n) => n % 3)),
    ids: Int32Array.from({ length: starts[texts]! }, () => rng.integer(5, 60)),
    starts,
  };
  return {
    backbone: openBackbone(writeModel(b.model())),
    train: textSamples(engine, source, { id: words - 1, side: "right" }),
  };
}

test("what texts are filled up with is a row of a table, wherever they are filled up", async () => {
  const { backbone, train } = unmasked();
  const own = linearHead().initial(random(7, "head"), 4, 3);
  const before = backbone.model.graph.initializers.get("words")!.data as Float32Array;
  const run = await finetune(
    backbone,
    { engine, objective, train: { ...train, parts: undefined }, validation: train },
    { head: own, epochs: 1, batch: 16, learningRate: 0.5 },
  );
  const row = (of: Float32Array): number[] => [...of.subarray(4 * 8999)];
  expect(row(run.last.get("words")!)).not.toEqual(row(before));
});

test("values of a frozen part are not kept where nothing says what is padding", async () => {
  const { backbone, train } = unmasked();
  const options = { head: linearHead().initial(random(7, "head"), 4, 3), batch: 16, seed: 0 };
  const only = { ...backbone, parameters: ["dense"] };
  const frozenOf = async (set: Samples) => {
    const { frozen, trainer } = await createTrainer(only, { engine, objective }, options, [set]);
    await trainer.release();
    return frozen;
  };
  const frozen = await frozenOf(train);
  expect(frozen === null || !frozen.cached).toBe(true);
});
