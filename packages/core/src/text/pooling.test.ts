import { float32, GraphBuilder, loadModel, writeModel, type Graph } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { sharedFile, withShared } from "../../test/shared.js";
import { engine } from "../../test/tiny-task.js";
import { openBackbone, type Backbone } from "../backbone/backbone.js";
import { extractFeatures } from "../backbone/features.js";
import { normals, random } from "../data/random.js";
import { arraySamples, upTo, type Samples } from "../data/samples.js";
import { classTargets } from "../data/targets.js";
import { withSession } from "../engine/with-session.js";
import { decodeSafetensors } from "../tune/store/safetensors.js";
import type { TextFiles } from "./files.js";
import { texts } from "./modality.js";
import { pretrainedPooling } from "./pooling.js";

describe("features are pooled as a model was pretrained", () => {
  const bert = { architectures: ["BertModel"], model_type: "bert" };
  test.each<[string, TextFiles, string, RegExp, string?]>([
    [
      "1_Pooling",
      { "1_Pooling/config.json": { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false } },
      "cls",
      /1_Pooling/,
    ],
    [
      "1_Pooling",
      { "1_Pooling/config.json": { pooling_mode_lasttoken: true }, "config.json": bert },
      "last",
      /1_Pooling/,
    ],
    [
      "a newer 1_Pooling",
      { "1_Pooling/config.json": { pooling_mode: "mean" }, "config.json": bert },
      "mean",
      /1_Pooling/,
    ],
    // A way that is none of ours: what is usual there.
    [
      "1_Pooling",
      { "1_Pooling/config.json": { pooling_mode_max_tokens: true }, "modules.json": [] },
      "mean",
      /modules.json/,
    ],
    ["a config", { "sentence_bert_config.json": {}, "config.json": bert }, "mean", /sentence_bert_config.json/],
    [
      "a name",
      { "config.json": { ...bert, _name_or_path: "sentence-transformers/all-MiniLM-L6-v2" } },
      "mean",
      /_name_or_path/,
    ],
    ["a folder", { "config.json": bert }, "mean", /its folder's name/, "sentence-transformers_x"],
    ["BERT", { "config.json": bert }, "cls", /BertModel in config.json/],
    ["GPT-2", { "config.json": { architectures: ["GPT2LMHeadModel"], model_type: "gpt2" } }, "last", /GPT2LMHeadModel/],
    ["Qwen", { "config.json": { architectures: ["Qwen2Model"], model_type: "qwen2" } }, "last", /Qwen2Model/],
    ["T5", { "config.json": { architectures: ["T5EncoderModel"], model_type: "t5" } }, "mean", /T5EncoderModel/],
    ["nothing", {}, "mean", /no config.json/],
  ])("by %s", (_, files, pooling, from, folder) => {
    const found = pretrainedPooling(files, folder);
    expect(found.pooling).toBe(pooling);
    expect(found.from).toMatch(from);
  });
});

const [words, width] = [20, 3];
const table = normals(words * width, 1, random(1, "table"));
const square = normals(width * width, 1, random(2, "square"));
const rowOf = (word: number): number[] => [...table.subarray(word * width, (word + 1) * width)].map(Math.tanh);

/** tanh of each word's row; its outputs by name: what it makes of all tokens, of the first by a pooler, of their mean. */
function network(...names: ("last_hidden_state" | "pooler_output" | "sentence_embedding" | "logits")[]): Uint8Array {
  const b = new GraphBuilder();
  const ids = b.input("input_ids", "int64", ["batch", "tokens"]);
  const mask = b.cast(b.input("attention_mask", "int64", ["batch", "tokens"]), "float32");
  const hidden = b.op("Tanh", [
    b.op("Gather", [b.initializer("words", float32(table, [words, width])), ids], { axis: 0 }),
  ]);
  const w = b.initializer("pooler.dense.weight", float32(square, [width, width]));
  const first = b.op("Gather", [hidden, b.integer(0)], { axis: 1 });
  const pooled = b.op("Tanh", [b.op("MatMul", [first, w])]);
  const seen = b.mul(hidden, b.op("Unsqueeze", [mask, b.ints([2])]));
  const values = {
    last_hidden_state: seen,
    pooler_output: pooled,
    sentence_embedding: b.mul(b.reduceSum(seen, [1]), 0.5),
    logits: b.op("MatMul", [pooled, b.initializer("classifier", float32(square, [width, width]))]),
  };
  b.setOutputs(Object.fromEntries(names.map((name) => [name, values[name]])));
  return writeModel(b.model());
}

const sentences = [[5, 3], [7, 1, 10], [4]];
async function featuresOf(backbone: Backbone): Promise<Float32Array> {
  const starts = Uint32Array.from([0, 2, 5, 6]);
  const source = { count: 3, targets: classTargets([0, 1, 0]), ids: Int32Array.from(sentences.flat()), starts };
  return extractFeatures(engine, backbone, await texts().open(source, engine));
}

const sum = (rows: number[][]): number[] => upTo(width).map((j) => rows.reduce((total, row) => total + row[j]!, 0));
const pooler = (z: number[]): number[] =>
  upTo(width).map((k) => Math.tanh(z.reduce((s, v, j) => s + v * square[j * width + k]!, 0)));
const ways = {
  mean: (rows: number[][]) => sum(rows).map((v) => v / rows.length),
  cls: (rows: number[][]) => rows[0]!,
  last: (rows: number[][]) => rows.at(-1)!,
  pooler: (rows: number[][]) => pooler(rows[0]!),
  embedding: (rows: number[][]) => sum(rows).map((v) => v / 2),
};

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, digits = 5): void {
  expect(found).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, digits);
}

describe("a model's features", () => {
  const bert = { "config.json": { architectures: ["BertModel"], model_type: "bert" } };
  const gpt = { "config.json": { architectures: ["GPT2Model"], model_type: "gpt2" } };
  test.each<
    [string, Uint8Array, TextFiles, "mean" | "cls" | "last" | "pooler" | "none" | undefined, keyof typeof ways, RegExp]
  >([
    [
      "of all tokens",
      network("last_hidden_state"),
      {},
      undefined,
      "mean",
      /averaged over tokens by 'attention_mask', as no config/,
    ],
    [
      "of BERT",
      network("last_hidden_state"),
      bert,
      undefined,
      "cls",
      /of the first token, as transformers' classifiers do \(BertModel/,
    ],
    [
      "of BERT with its pooler",
      network("last_hidden_state", "pooler_output"),
      bert,
      undefined,
      "pooler",
      /output 'pooler_output'/,
    ],
    [
      "of a decoder",
      network("pooler_output", "last_hidden_state"),
      gpt,
      undefined,
      "last",
      /of the last token by 'attention_mask', as classifiers of dec/,
    ],
    [
      "asked for",
      network("last_hidden_state"),
      bert,
      "mean",
      "mean",
      /averaged over tokens by 'attention_mask', 3 per sample/,
    ],
    [
      "asked of the pooler",
      network("last_hidden_state", "pooler_output"),
      gpt,
      "pooler",
      "pooler",
      /the model's own pooler, as asked/,
    ],
    [
      "pooled in the file",
      network("last_hidden_state", "sentence_embedding"),
      bert,
      undefined,
      "embedding",
      /output 'sentence_embedding'/,
    ],
    ["taken as they are", network("sentence_embedding"), bert, "none", "embedding", /output 'sentence_embedding'/],
    ["of a classifier", network("logits"), bert, undefined, "pooler", /the input of the last linear layer/],
  ])("%s", async (_, bytes, files, pooling, way, found) => {
    const backbone = openBackbone(bytes, { modality: texts({ files }), pooling });
    expect(backbone.found).toMatch(found);
    expectClose(
      await featuresOf(backbone),
      sentences.flatMap((one) => ways[way](one.map(rowOf))),
    );
  });

  test.each<["mean" | "pooler" | "none", Uint8Array, RegExp]>([
    ["none", network("last_hidden_state"), /a vector for each token; take option pooling mean, cls or last$/],
    ["mean", network("sentence_embedding"), /has no tokens to pool over; leave option pooling out$/],
  ])("that cannot be pooled by %s are refused in a line", (pooling, bytes, line) => {
    expect(() => openBackbone(bytes, { modality: texts(), pooling })).toThrow(line);
  });

  test("without a pooler are refused it", () => {
    const b = new GraphBuilder();
    const ids = b.input("input_ids", "int64", ["batch", "tokens"]);
    b.setOutputs({ y: b.op("Gather", [b.initializer("words", float32(table, [words, width])), ids], { axis: 0 }) });
    expect(() => openBackbone(writeModel(b.model()), { modality: texts(), pooling: "pooler" })).toThrow(
      /no pooler; take option pooling mean/,
    );
  });
});

/** A network's inputs as reference data have them. */
function oracleOf(name: string): { bytes: Uint8Array; samples: Samples; logits: Float32Array; mask: number[][] } {
  const bytes = sharedFile(`cases/models/${name}/model.onnx`);
  const { tensors } = decodeSafetensors(sharedFile(`cases/models/${name}/oracle.safetensors`), name);
  const of = (key: string) => ({ data: tensors.get(key)!.data as BigInt64Array, shape: [12] });
  const [ids, mask] = [of("input.input_ids"), of("input.attention_mask")];
  const samples = arraySamples(engine, { input_ids: ids, attention_mask: mask }, classTargets([0, 1, 2]));
  const rows = upTo(3).map((n) => Array.from(mask.data.subarray(12 * n, 12 * n + 12), Number));
  return { bytes, samples, logits: tensors.get("logits")!.data as Float32Array, mask: rows };
}

const initializer = (graph: Graph, name: string): number[] => [...(graph.initializers.get(name)!.data as Float32Array)];

withShared("cases/models/gpt2-classifier", () => {
  test("a decoder's classifier gives its features to a linear layer, and takes the last token's", async () => {
    const { bytes, samples } = oracleOf("gpt2-classifier");
    const backbone = openBackbone(bytes, { modality: texts() });
    expect(backbone.found).toMatch(
      /input of the last linear layer .*of the last token by 'attention_mask', as the model's own classifier does/,
    );
    // The file itself takes the last token that is not 0, so what its mask hides has to be.
    const given = await samples.feeds([0, 1, 2]);
    const hidden = given["attention_mask"]!.data as BigInt64Array;
    const ids = (given["input_ids"]!.data as BigInt64Array).map((id, i) => id * hidden[i]!);
    const feeds = { ...given, input_ids: engine.tensor("int64", ids, [3, 12]) };
    const own = await withSession(engine, loadModel(bytes), (session) => session.run(feeds));
    const z = await extractFeatures(engine, backbone, { ...samples, feeds: async () => feeds });
    // score, without a bias: [h, 5]
    const w = initializer(loadModel(bytes).graph, "val_272");
    const { width: h } = backbone;
    const logit = (n: number, k: number): number => upTo(h).reduce((s, j) => s + z[n * h + j]! * w[j * 5 + k]!, 0);
    expectClose(
      upTo(15).map((i) => logit(Math.floor(i / 5), i % 5)),
      own["logits"]!.data as Float32Array,
      4,
    );
  });
});

withShared("cases/models/xlnet", () => {
  test.each([
    ["xlnet", "net.logits_proj"],
    ["bart-classifier", "net.classification_head.out_proj"],
  ])("%s: features are what its last linear layer reads", async (name, layer) => {
    const { bytes, samples, logits } = oracleOf(name);
    const backbone = openBackbone(bytes, { modality: texts() });
    const z = await extractFeatures(engine, backbone, samples);
    const { graph } = loadModel(bytes);
    const [w, bias] = [initializer(graph, `${layer}.weight`), initializer(graph, `${layer}.bias`)];
    const of = (n: number, k: number): number =>
      upTo(backbone.width).reduce((s, j) => s + z[n * backbone.width + j]! * w[k * backbone.width + j]!, bias[k]!);
    expectClose(
      upTo(15).map((i) => of(Math.floor(i / 5), i % 5)),
      logits,
      4,
    );
  });
});

withShared("cases/models/t5-encoder-legacy", () => {
  test("a T5 encoder's features are averaged over the mask", async () => {
    const { bytes, samples, logits, mask } = oracleOf("t5-encoder-legacy");
    const config = { architectures: ["T5EncoderModel"], model_type: "t5" };
    const backbone = openBackbone(bytes, { modality: texts({ files: { "config.json": config } }) });
    expect(backbone.found).toMatch(/averaged over tokens by 'attention_mask', as usual for such encoders/);
    const seen = (n: number): number => mask[n]!.reduce((a, m) => a + m, 0);
    const means = upTo(3).flatMap((n) =>
      upTo(32).map((j) => mask[n]!.reduce((s, m, t) => s + m * logits[(n * 12 + t) * 32 + j]!, 0) / seen(n)),
    );
    expectClose(await extractFeatures(engine, backbone, samples), means, 4);
  });
});

withShared("models/minilm-l6/onnx/model.onnx", () => {
  test("MiniLM's features are the mean over the mask, by its name", async () => {
    const bytes = sharedFile("models/minilm-l6/onnx/model.onnx");
    const config = JSON.parse(new TextDecoder().decode(sharedFile("models/minilm-l6/config.json"))) as Record<
      string,
      unknown
    >;
    const modality = texts({ files: { "config.json": config } });
    const backbone = openBackbone(bytes, { modality });
    expect(backbone.found).toMatch(
      /averaged over tokens by 'attention_mask', as usual for sentence-transformers.*_name_or_path/,
    );
    const all = [
      [101, 1037, 2204, 2143, 102],
      [101, 2919, 102],
    ];
    const source = {
      count: 2,
      targets: classTargets([0, 1]),
      ids: Int32Array.from(all.flat()),
      starts: Uint32Array.from([0, 5, 8]),
    };
    const z = await extractFeatures(engine, backbone, await modality.open(source, engine));
    const means = await withSession(engine, loadModel(bytes), async (session) => {
      const rows: number[] = [];
      for (const ids of all) {
        const int64 = (values: number[]) => engine.tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
        const feeds = {
          input_ids: int64(ids),
          attention_mask: int64(ids.map(() => 1)),
          token_type_ids: int64(ids.map(() => 0)),
        };
        const hidden = (await session.run(feeds))["last_hidden_state"]!.data as Float32Array;
        rows.push(...upTo(384).map((j) => ids.reduce((s, _, t) => s + hidden[t * 384 + j]!, 0) / ids.length));
      }
      return rows;
    });
    expectClose(z, means, 4);
  });
});
