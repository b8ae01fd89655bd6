import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { appendGradients } from "../../append-gradients.js";
import { GraphBuilder } from "../../builder.js";
import { writeModel } from "../../io/write.js";
import { binaryCrossEntropy } from "./binary-cross-entropy.js";
import { crossEntropy } from "./cross-entropy.js";
import { huber } from "./huber.js";
import { attachLoss, type Loss } from "./loss.js";
import { meanSquaredError } from "./mean-squared-error.js";
import { squaredError } from "./squared-error.js";

/** The loss of some logits, in plain double-precision arithmetic. */
type Reference = (q: readonly number[]) => number;

const sum = (values: readonly number[]) => values.reduce((a, v) => a + v, 0);
/** No two alike, large ones among them. */
const logits = (n: number) => Array.from({ length: n }, (_, i) => 3 * Math.sin(1.3 * i * i + 0.4));

/** Loss and gradient as the runtime computes them, and the gradient that the rules make of the loss's own operators. */
async function computed(loss: Loss, shape: readonly number[], q: readonly number[], target: Tensor) {
  const b = new GraphBuilder();
  b.input("q", "float32", ["batch", ...shape.slice(1)]);
  const { loss: value, from } = attachLoss(b, loss);
  b.setOutputs({
    loss: value,
    closed: appendGradients(b, from, ["q"]).get("q")!,
    ruled: appendGradients(b, value, ["q"]).get("q")!,
  });
  const session = await InferenceSession.create(writeModel(b.model()));
  const results = await session.run({ q: new Tensor("float32", Float32Array.from(q), shape), target });
  await session.release();
  const numbers = (name: string) => Array.from(results[name]!.data as Float32Array);
  return { loss: numbers("loss")[0]!, closed: numbers("closed"), ruled: numbers("ruled") };
}

async function expectLoss(loss: Loss, shape: readonly number[], target: Tensor, reference: Reference): Promise<void> {
  const q = logits(shape.reduce((a, d) => a * d, 1));
  const { loss: value, closed, ruled } = await computed(loss, shape, q, target);
  expect(value).toBeCloseTo(reference(q), 5);
  expect(closed).toHaveLength(q.length);
  closed.forEach((gradient, i) => {
    const at = (h: number) => reference(q.with(i, q[i]! + h));
    expect(gradient, `the gradient by logit ${i}`).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 5);
    expect(ruled[i]).toBeCloseTo(gradient, 5);
  });
}

const floats = (rows: readonly (readonly number[])[]) =>
  new Tensor("float32", Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);

describe("cross-entropy of places of which some do not count", () => {
  const shape = [2, 3, 4];
  const ignored = 255;
  const classes = [0, 2, 255, 1, 255, 255, 1, 0];
  const target = (values: readonly number[]) => new Tensor("int64", values.map(BigInt), [2, 4]);

  const reference =
    (targets: readonly number[], ignore: number, smoothing = 0, weights = [1, 1, 1]): Reference =>
    (q) => {
      const losses = targets.map((y, place) => {
        if (y === ignore) return { loss: 0, weight: 0 };
        const own = [0, 1, 2].map((c) => q[Math.floor(place / 4) * 12 + c * 4 + (place % 4)]!);
        const total = Math.log(sum(own.map(Math.exp)));
        const t = own.map((_, c) => (c === y ? 1 - smoothing : 0) + smoothing / 3);
        return { loss: -sum(own.map((v, c) => weights[c]! * t[c]! * (v - total))), weight: weights[y]! };
      });
      return sum(losses.map((l) => l.loss)) / sum(losses.map((l) => l.weight));
    };

  it.each([0, 0.2])("is a mean over those that do, label smoothing %d", (smoothing) =>
    expectLoss(
      crossEntropy({ logits: "q", ignoreIndex: ignored, smoothing }),
      shape,
      target(classes),
      reference(classes, ignored, smoothing),
    ),
  );

  it("weighs the classes of those that do", () => {
    const classWeights = [0.5, 1.7, 3];
    return expectLoss(
      crossEntropy({ logits: "q", ignoreIndex: ignored, classWeights, smoothing: 0.1 }),
      shape,
      target(classes),
      reference(classes, ignored, 0.1, classWeights),
    );
  });

  it("may ignore one of the classes", () => {
    const present = [0, 2, 1, 1, 2, 0, 1, 0];
    return expectLoss(crossEntropy({ logits: "q", ignoreIndex: 0 }), shape, target(present), reference(present, 0));
  });

  it("is 0, and so is its gradient, where none counts", async () => {
    const loss = crossEntropy({ logits: "q", ignoreIndex: ignored });
    const { loss: value, closed } = await computed(loss, shape, logits(24), target(Array(8).fill(ignored) as number[]));
    expect(value).toBeCloseTo(0);
    expect(closed.every((g) => Math.abs(g) === 0)).toBe(true);
  });

  it("is the plain one where all count", async () => {
    const all = classes.map((y) => (y === ignored ? 1 : y));
    const plain = await computed(crossEntropy({ logits: "q" }), shape, logits(24), target(all));
    const counted = await computed(crossEntropy({ logits: "q", ignoreIndex: ignored }), shape, logits(24), target(all));
    expect(counted.loss).toBeCloseTo(plain.loss, 6);
    counted.closed.forEach((g, i) => expect(g).toBeCloseTo(plain.closed[i]!, 6));
  });
});

describe("cross-entropy of samples of which none counts", () => {
  const three = [0, 0, 0].map(BigInt);
  it.each([
    ["all of classes that weigh 0", [0, 1, 2], three],
    ["texts without a word that counts", undefined, []],
    ["the same, weighed", [1, 1, 2], []],
  ])("is 0, and so is its gradient: %s", async (_, classWeights, labels) => {
    const target = new Tensor("int64", BigInt64Array.from(labels), [labels.length]);
    const loss = crossEntropy({ logits: "q", ...(classWeights && { classWeights }) });
    const found = await computed(loss, [labels.length, 3], logits(3 * labels.length), target);
    expect(found.loss).toBeCloseTo(0);
    expect(found.closed).toHaveLength(3 * labels.length);
    expect(found.closed.every((g) => Math.abs(g) === 0)).toBe(true);
    expect(found.ruled.every((g) => Math.abs(g) === 0)).toBe(true);
  });
});

describe("a target that is no class", () => {
  const three = (...values: number[]) => new Tensor("int64", values.map(BigInt), [values.length]);
  it.each([[3], [-1], [255]])("stops the run: %d", async (wrong) => {
    const q = logits(6);
    for (const loss of [
      crossEntropy({ logits: "q" }),
      crossEntropy({ logits: "q", classWeights: [1, 2, 3] }),
      crossEntropy({ logits: "q", ignoreIndex: -100 }),
      meanSquaredError({ logits: "q" }),
    ])
      await expect(computed(loss, [2, 3], q, three(1, wrong))).rejects.toThrow(/a target is no class \(0 to 2, or /);
    const { loss } = await computed(crossEntropy({ logits: "q", ignoreIndex: wrong }), [2, 3], q, three(1, wrong));
    expect(loss).toBeGreaterThan(0);
  });
});

describe("binary cross-entropy", () => {
  const rows = [
    [1, 0, NaN],
    [NaN, 1, 1],
    [0, NaN, 0],
    [NaN, NaN, NaN],
  ];

  const reference =
    (smoothing = 0, weights = [1, 1, 1]): Reference =>
    (q) => {
      const measured = rows.flat().map((y, i) => {
        if (Number.isNaN(y)) return { loss: 0, weight: 0 };
        const t = (1 - smoothing) * y + smoothing / 2;
        const p = 1 / (1 + Math.exp(-q[i]!));
        const weight = weights[i % 3]!;
        return { loss: -weight * (t * Math.log(p) + (1 - t) * Math.log(1 - p)), weight };
      });
      return sum(measured.map((m) => m.loss)) / sum(measured.map((m) => m.weight));
    };

  it.each([0, 0.2])("is a mean over what was measured, label smoothing %d", (smoothing) =>
    expectLoss(binaryCrossEntropy({ logits: "q", smoothing }), [4, 3], floats(rows), reference(smoothing)),
  );

  it("weighs labels", () => {
    const weights = [0.5, 1.7, 3];
    return expectLoss(binaryCrossEntropy({ logits: "q", weights }), [4, 3], floats(rows), reference(0, weights));
  });

  it("stays finite for logits of any size", async () => {
    const target = floats([[1, 0, 1, 0]]);
    const { loss, closed } = await computed(
      binaryCrossEntropy({ logits: "q" }),
      [1, 4],
      [200, 200, -200, -200],
      target,
    );
    expect(loss).toBeCloseTo(100, 4);
    [0, 0.25, -0.25, 0].forEach((g, i) => expect(closed[i]).toBeCloseTo(g, 6));
  });

  it("is 0, and so is its gradient, where nothing was measured", async () => {
    const { loss, closed } = await computed(binaryCrossEntropy({ logits: "q" }), [1, 2], [1, -1], floats([[NaN, NaN]]));
    expect(loss).toBe(0);
    expect(closed.every((g) => Math.abs(g) === 0)).toBe(true);
  });

  it("refuses another number of weights than labels", () => {
    const b = new GraphBuilder();
    b.input("q", "float32", ["batch", 3]);
    expect(() => binaryCrossEntropy({ logits: "q", weights: [1, 2] }).attach(b)).toThrow(
      /2 weights were given for 3 labels/,
    );
  });
});

describe("losses of numbers", () => {
  const rows = [
    [1.5, -2],
    [NaN, 0.3],
    [-0.4, NaN],
  ];
  const mean =
    (of: (residual: number) => number): Reference =>
    (q) =>
      sum(rows.flat().map((y, i) => (Number.isNaN(y) ? 0 : of(q[i]! - y)))) / rows.length;

  it("the squared error sums over numbers and is a mean over samples, known or not", () =>
    expectLoss(
      squaredError({ logits: "q" }),
      [3, 2],
      floats(rows),
      mean((r) => (r * r) / 2),
    ));

  it.each([0.4, 1, 5])("Huber's loss is linear beyond %d", (delta) =>
    expectLoss(
      huber({ logits: "q", delta }),
      [3, 2],
      floats(rows),
      mean((r) => (Math.abs(r) <= delta ? (r * r) / 2 : delta * (Math.abs(r) - delta / 2))),
    ),
  );

  it("Huber's threshold is 1 unless given, and above 0", async () => {
    const one = await computed(huber({ logits: "q" }), [3, 2], logits(6), floats(rows));
    expect(one).toEqual(await computed(huber({ logits: "q", delta: 1 }), [3, 2], logits(6), floats(rows)));
    expect(() => huber({ logits: "q", delta: 0 })).toThrow(/delta is 0; it must be above 0/);
  });

  it("want one row of outputs per sample", () => {
    const b = new GraphBuilder();
    b.input("q", "float32", ["batch", 3, 4]);
    expect(() => squaredError({ logits: "q" }).attach(b)).toThrow(/'q' has shape \[batch, 3, 4\].*\[batch, outputs\]/);
  });
});

it("the squared error against classes is that against their one-hot rows", async () => {
  const classes = await computed(
    meanSquaredError({ logits: "q" }),
    [2, 3],
    logits(6),
    new Tensor("int64", [2n, 0n], [2]),
  );
  const rows = floats([
    [0, 0, 1],
    [1, 0, 0],
  ]);
  const numbers = await computed(squaredError({ logits: "q" }), [2, 3], logits(6), rows);
  expect(numbers.loss).toBeCloseTo(classes.loss, 6);
  numbers.closed.forEach((g, i) => expect(g).toBeCloseTo(classes.closed[i]!, 6));
});
