import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { engine } from "../../test/tiny-task.js";
import { normals, random } from "../data/random.js";
import { arraySamples, inOrder, upTo, type Samples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { openBackbone } from "./backbone.js";
import { extractFeatures } from "./features.js";
import type { Pooling } from "./pool.js";

const [words, width] = [11, 3];
const table = normals(words * width, 1, random(1, "table"));
/** z_t = tanh of the word's row: what a network of tokens makes of each. */
const rowOf = (word: number): number[] => [...table.subarray(word * width, (word + 1) * width)].map(Math.tanh);

/** Words → features per token [batch, tokens, 3]; a mask is an input where it has a name. */
function tokenNetwork(mask?: string, dtype: "int64" | "float32" = "int64"): Uint8Array {
  const b = new GraphBuilder();
  const ids = b.input("ids", "int64", ["batch", "tokens"]);
  const rows = b.op("Gather", [b.initializer("words", float32(table, [words, width])), ids], { axis: 0 });
  const hidden = b.op("Tanh", [rows]);
  if (mask === undefined) b.setOutputs({ hidden });
  else {
    const seen = b.op("Unsqueeze", [b.cast(b.input(mask, dtype, ["batch", "tokens"]), "float32"), b.ints([2])]);
    b.setOutputs({ hidden, seen });
  }
  return writeModel(b.model());
}

const sentences = [
  [5, 3],
  [7, 1, 10, 4],
  [2, 9, 6],
];
const longest = 4;

function padded<T>(values: readonly T[], by: T, side: "left" | "right"): T[] {
  const padding = Array<T>(longest - values.length).fill(by);
  return side === "right" ? [...values, ...padding] : [...padding, ...values];
}

/** Texts padded to one length with word 0 on one side; `mask` says what is not padding. */
function texts(side: "left" | "right", mask?: string, dtype: "int64" | "float32" = "int64"): Samples {
  const ids = sentences.flatMap((text) => padded(text, 0, side));
  const seen = sentences.flatMap((text) =>
    padded(
      text.map(() => 1),
      0,
      side,
    ),
  );
  const data = dtype === "int64" ? BigInt64Array.from(seen, BigInt) : Float32Array.from(seen);
  return arraySamples(
    engine,
    {
      ids: { data: BigInt64Array.from(ids, BigInt), shape: [longest] },
      ...(mask === undefined ? {} : { [mask]: { data, shape: [longest] } }),
    },
    classTargets([0, 1, 0]),
  );
}

const mean = (rows: readonly number[][]): number[] =>
  upTo(width).map((j) => rows.reduce((sum, row) => sum + row[j]! / rows.length, 0));

async function expectFeatures(network: Uint8Array, pooling: Pooling | undefined, samples: Samples, rows: number[][]) {
  const backbone = openBackbone(network, { features: "hidden", pooling });
  const features = await extractFeatures(engine, backbone, samples);
  const expected = rows.flat();
  expect(features).toHaveLength(expected.length);
  features.forEach((z, i) => expect(z).toBeCloseTo(expected[i]!, 5));
  return backbone;
}

describe.each(["left", "right"] as const)("tokens padded on the %s", (side) => {
  test.each([
    ["mean", (text: number[]) => mean(text.map(rowOf))],
    ["last", (text: number[]) => rowOf(text.at(-1)!)],
  ] as const)("give their %s by the mask", async (take, of) => {
    for (const dtype of ["int64", "float32"] as const)
      await expectFeatures(
        tokenNetwork("attention_mask", dtype),
        { over: "tokens", take },
        texts(side, "attention_mask", dtype),
        sentences.map(of),
      );
  });

  test("give their mean by a mask that is named, and by none where none is found", async () => {
    const samples = texts(side, "real");
    const means = sentences.map((text) => mean(text.map(rowOf)));
    await expectFeatures(tokenNetwork("real"), { over: "tokens", take: "mean", mask: "real" }, samples, means);
    const all = sentences.map((text) => mean(padded(text, 0, side).map(rowOf)));
    await expectFeatures(tokenNetwork("real"), undefined, samples, all);
  });

  test("give the first and the last place where nothing tells padding", async () => {
    const places = sentences.map((text) => padded(text, 0, side));
    for (const [take, at] of [
      ["first", 0],
      ["last", -1],
    ] as const) {
      const expected = places.map((text) => rowOf(text.at(at)!));
      await expectFeatures(tokenNetwork(), { over: "tokens", take }, texts(side), expected);
    }
  });
});

test("it is said how tokens were pooled", () => {
  const found = (mask: string | undefined, pooling?: Pooling): string =>
    openBackbone(tokenNetwork(mask), { features: "hidden", pooling }).found;
  expect(found("attention_mask")).toMatch(/averaged over tokens by 'attention_mask', 3 per sample/);
  expect(found(undefined)).toMatch(/averaged over tokens, 3 per sample/);
  expect(found("attention_mask", { over: "tokens", take: "first" })).toMatch(/of the first token/);
  expect(found("attention_mask", { over: "tokens", take: "last" })).toMatch(/of the last token by 'attention_mask'/);
});

/** Nodes [nodes, 2] → features [nodes, 3]; `of` names each node's graph, `counts` how many each has. */
function nodeNetwork(): Uint8Array {
  const b = new GraphBuilder();
  const x = b.input("x", "float32", ["nodes", 2]);
  const hidden = b.op("Tanh", [b.op("MatMul", [x, b.initializer("w", float32(weights, [2, width]))])]);
  const of = b.input("of", "int64", ["nodes"]);
  const counts = b.input("counts", "int64", ["graphs"]);
  b.setOutputs({ hidden, of: b.op("Identity", [of]), counts: b.op("Identity", [counts]) });
  return writeModel(b.model());
}

const weights = normals(2 * width, 1, random(2, "weights"));
const graphs = [
  [[1, 2]],
  [
    [3, -1],
    [0.5, 0],
    [-2, 2],
  ],
  [
    [0, 1],
    [1, 1],
  ],
];
const hiddenOf = ([a, c]: number[]): number[] =>
  upTo(width).map((j) => Math.tanh(a! * weights[j]! + c! * weights[width + j]!));

const joined: Samples = {
  count: graphs.length,
  targets: classTargets([0, 1, 2]),
  batches: inOrder,
  feeds: async (indices) => {
    const chosen = indices.map((i) => graphs[i]!);
    const nodes = chosen.flat();
    const of = chosen.flatMap((graph, i) => graph.map(() => BigInt(i)));
    const counts = chosen.map((graph) => BigInt(graph.length));
    return {
      x: engine.tensor("float32", Float32Array.from(nodes.flat()), [nodes.length, 2]),
      of: engine.tensor("int64", BigInt64Array.from(of), [of.length]),
      counts: engine.tensor("int64", BigInt64Array.from(counts), [counts.length]),
    };
  },
};

describe("nodes of joined graphs", () => {
  test.each(["mean", "sum"] as const)("give the %s of each graph, whatever it is joined with", async (take) => {
    const expected = graphs.map((graph) =>
      mean(graph.map(hiddenOf)).map((z) => (take === "sum" ? z * graph.length : z)),
    );
    const pooling = { over: "nodes", take, of: "of", counts: "counts" } as const;
    const backbone = await expectFeatures(nodeNetwork(), pooling, joined, expected);
    const alone = await extractFeatures(engine, backbone, joined, { batch: 1 });
    alone.forEach((z, i) => expect(z).toBeCloseTo(expected.flat()[i]!, 5));
  });

  test("need inputs that say which graph they are of", () => {
    const pooling = { over: "nodes", take: "mean", of: "graph", counts: "counts" } as const;
    expect(() => openBackbone(nodeNetwork(), { features: "hidden", pooling })).toThrow(
      /no input 'graph' to pool nodes by/,
    );
  });
});
