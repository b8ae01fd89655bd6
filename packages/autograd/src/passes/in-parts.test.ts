import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { GraphBuilder, type Value } from "../builder.js";
import { Float, type Model } from "../graph/model.js";
import { float32, sizeOf } from "../graph/tensor.js";
import { writeModel } from "../io/write.js";
import { crossEntropy } from "../training/losses/cross-entropy.js";
import { adamw, sgd, type Optimizer } from "../training/optimizers.js";
import { trainingStep } from "../training/training-step.js";
import { inParts } from "./in-parts.js";

const [words, width, heads, classes] = [40, 8, 2, 3];
let turn = 0;
const wave = (size: number, scale: number): Float32Array =>
  Float32Array.from({ length: size }, () => scale * Math.sin(12.9898 * ++turn));

/**
 * A text encoder as exporters write one: words, places and kinds of tokens, a block of attention under a mask, norms as an
 * operator and written out, the mean over the tokens that the mask leaves, and a head.
 */
function encoder(): Model {
  const b = new GraphBuilder("encoder");
  const weight = (name: string, shape: readonly number[], scale = 0.4): Value =>
    b.initializer(name, float32(wave(sizeOf(shape), scale), shape));
  const ids = b.input("ids", "int64", ["batch", "tokens"]);
  const mask = b.input("mask", "int64", ["batch", "tokens"]);
  const kinds = b.input("kinds", "int64", ["batch", "tokens"]);
  const size = (axis: number): Value => b.op("Shape", [ids], { start: axis, end: axis + 1 });
  const dense = (x: Value, name: string, to: number): Value =>
    b.add(
      b.op("MatMul", [x, weight(`${name}.weight`, [b.shape(x).at(-1) as number, to])]),
      weight(`${name}.bias`, [to]),
    );

  const tokens = b.add(
    b.op("Gather", [weight("words.weight", [words, width], 1), ids]),
    b.op("Gather", [weight("kinds.weight", [2, width]), kinds]),
  );
  const zero = b.ints([0]);
  const places = b.op("Slice", [weight("places.weight", [16, width]), zero, size(1), zero]);
  let x = b.add(tokens, places);
  const centred = b.sub(x, b.op("ReduceMean", [x, b.ints([-1])]));
  const variance = b.op("ReduceMean", [b.pow(centred, 2), b.ints([-1])]);
  x = b.add(
    b.mul(b.div(centred, b.sqrt(b.add(variance, 1e-5))), weight("norm0.weight", [width], 1)),
    weight("norm0.bias", [width]),
  );

  const split = b.op("Concat", [size(0), size(1), b.ints([heads, width / heads])], { axis: 0 });
  const perHead = (name: string, bias = true): Value => {
    const y = bias ? dense(x, name, width) : b.op("MatMul", [x, weight(`${name}.weight`, [width, width])]);
    return b.transpose(b.op("Reshape", [y, split]), [0, 2, 1, 3]);
  };
  const [q, k, v] = [perHead("query"), perHead("key", false), perHead("value")];
  const left = b.op("Unsqueeze", [b.cast(mask, "float32"), b.ints([1, 2])]);
  const scores = b.add(b.mul(b.op("MatMul", [q, b.transpose(k, [0, 1, 3, 2])]), 0.5), b.mul(b.sub(left, 1), 1e9));
  const mixed = b.transpose(b.op("MatMul", [b.op("Softmax", [scores], { axis: -1 }), v]), [0, 2, 1, 3]);
  const joined = b.op("Reshape", [mixed, b.op("Concat", [size(0), size(1), b.ints([width])], { axis: 0 })]);
  const norm = (y: Value, name: string): Value =>
    b.op("LayerNormalization", [y, weight(`${name}.weight`, [width], 1), weight(`${name}.bias`, [width])], {
      axis: 2,
      epsilon: new Float(1e-5),
    });
  x = norm(b.add(x, dense(joined, "output", width)), "norm1");
  x = norm(b.add(x, dense(b.op("Gelu", [dense(x, "up", 12)]), "down", width)), "norm2");

  const counted = b.op("Unsqueeze", [b.cast(mask, "float32"), b.ints([2])]);
  const mean = b.div(b.reduceSum(b.mul(x, counted), [1]), b.reduceSum(counted, [1]));
  const gemm = [mean, weight("head.weight", [classes, width], 1), weight("head.bias", [classes])];
  b.setOutputs({ logits: b.op("Gemm", gemm, { transB: 1 }) });
  return b.model();
}

const model = encoder();
const trainable = [...model.graph.initializers.keys()].filter((name) => /\.(weight|bias)$/.test(name));
const lengths = [2, 2, 3, 3, 4, 5, 6, 6, 8, 9];
const texts = lengths.map((length, n) => Array.from({ length }, (_, t) => (7 * n + 5 * t * t + 1) % words));

/** Texts, each padded to the longest of them, by the names of the inputs. */
function padded(chosen: readonly (readonly number[])[]): Record<string, Tensor> {
  const longest = Math.max(...chosen.map((text) => text.length));
  const fed = (of: (text: readonly number[], t: number) => number): Tensor => {
    const data = chosen.flatMap((text) => Array.from({ length: longest }, (_, t) => BigInt(of(text, t))));
    return new Tensor("int64", data, [chosen.length, longest]);
  };
  return {
    ids: fed((text, t) => text[t] ?? 0),
    mask: fed((text, t) => Number(t < text.length)),
    kinds: fed((_, t) => Number(t > 2)),
  };
}

async function step(trained: Model, optimizer: Optimizer, feeds: Record<string, Tensor>) {
  const loss = crossEntropy({ logits: "logits" });
  const made = trainingStep(trained, { loss, optimizer, trainable, gradients: true, clipNorm: 0.5 });
  const all: Record<string, Tensor> = { ...feeds };
  for (const { name, shape, initial } of made.parameters) all[name] = new Tensor("float32", initial, shape);
  for (const { name, shape } of made.state) all[name] = new Tensor("float32", new Float32Array(sizeOf(shape)), shape);
  for (const [name, value] of Object.entries(made.scalars(1, 1e-2))) all[name] = new Tensor("float32", [value], []);
  const session = await InferenceSession.create(writeModel(made.model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const outputs = Object.entries(await session.run(all));
  return new Map(outputs.map(([name, { data, dims }]) => [name, { data: data as Float32Array, dims }]));
}

/** One step on the first texts, in parts of these sizes and whole; what the parts lack in texts is filled up. */
async function bothWays(sizes: readonly number[], optimizer: Optimizer, fill: readonly (readonly number[])[] = []) {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const chosen = texts.slice(0, count);
  const target = new Tensor(
    "int64",
    chosen.map((_, n) => BigInt(n % classes)),
    [count],
  );
  const parts = inParts(model, sizes.length + fill.length);
  const feeds: Record<string, Tensor> = { target, [parts.count]: new Tensor("int64", [BigInt(count)], [1]) };
  let first = 0;
  const pieces = [...sizes.map((size) => chosen.slice(first, (first += size))), ...fill.map((text) => [text])];
  pieces.forEach((piece, part) => {
    for (const [name, tensor] of Object.entries(padded(piece))) feeds[parts.inputs.get(name)![part]!] = tensor;
  });
  const whole = await step(model, optimizer, { ...padded(chosen), target });
  return { whole, parts: await step(parts.model, optimizer, feeds) };
}

function expectSame({ whole, parts }: Awaited<ReturnType<typeof bothWays>>): void {
  expect([...parts.keys()].sort()).toEqual([...whole.keys()].sort());
  for (const [name, { data, dims }] of whole) {
    expect(parts.get(name)!.dims, name).toEqual(dims);
    const most = data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const off = data.reduce((m, v, i) => Math.max(m, Math.abs(v - parts.get(name)!.data[i]!)), 0);
    expect(off, name).toBeLessThanOrEqual(1e-5 * most);
  }
}

describe("a batch in parts", () => {
  it.each([sgd({ weightDecay: 0.01 }), adamw()])(
    "is one batch: loss, gradients and a step of $name",
    async (optimizer) => {
      const both = await bothWays([2, 3, 3, 2], optimizer);
      expect(Math.abs(both.whole.get("loss")!.data[0]!)).toBeGreaterThan(0.1);
      expectSame(both);
    },
  );

  it("may hold fewer samples than parts: what fills the last ones does not count", async () => {
    expectSame(await bothWays([1, 1], sgd(), [texts[9]!, texts[9]!]));
  });

  it("runs once what treats tokens alike, and attention part by part", () => {
    const { model: split } = inParts(model, 4);
    const readers = (opType: string, input: string): number =>
      split.graph.nodes.filter((n) => n.opType === opType && n.inputs.includes(input)).length;
    for (const name of ["query", "key", "value", "output", "up", "down"])
      expect(readers("MatMul", `${name}.weight`), name).toBe(1);
    for (const table of ["words.weight", "kinds.weight"]) expect(readers("Gather", table), table).toBe(1);
    expect(readers("Gemm", "head.weight")).toBe(1);
    const count = (trained: Model, opType: string): number =>
      trained.graph.nodes.filter((n) => n.opType === opType).length;
    expect([count(split, "Gelu"), count(split, "Softmax")]).toEqual([1, 4]);
    // The gradients of words and of kinds, each theirs at once, by a product as they are few; places are cut, not looked up.
    const loss = crossEntropy({ logits: "logits" });
    const { model: step } = trainingStep(split, { loss, optimizer: sgd(), trainable });
    expect([count(step, "Mod"), count(step, "ScatterND")]).toEqual([2, 0]);
  });

  it("refuses a model whose outputs have no fixed shape for a sample, or whose batch is fixed", () => {
    const b = new GraphBuilder("tokens");
    const x = b.input("x", "float32", ["batch", "tokens", 2]);
    b.setOutputs({ y: b.op("Relu", [x]) });
    expect(() => inParts(b.model(), 2)).toThrow(/^'y' is \[batch, tokens, 2\], which has no fixed shape for a sample/);
    const fixed = new GraphBuilder("fixed");
    fixed.setOutputs({ y: fixed.op("Relu", [fixed.input("x", "float32", [4, 2])]) });
    expect(() => inParts(fixed.model(), 2)).toThrow(/'x' have no free batch axis in common/);
  });
});
