import { float32, GraphBuilder, writeModel, type DataType, type Dim } from "@taskhead/autograd";
import { describe, expect, test } from "vitest";
import { textNetwork } from "../../test/texts.js";
import { engine } from "../../test/tiny-task.js";
import { openBackbone } from "../backbone/backbone.js";
import { extractFeatures } from "../backbone/features.js";
import { normals, random } from "../data/random.js";
import { selected, upTo } from "../data/samples.js";
import { mergeWeights } from "../backbone/split.js";
import { classTargets, unitsOf, unitTargets } from "../data/targets.js";
import type { Weights } from "../engine/weights.js";
import type { Engine } from "../engine/engine.js";
import { exportModel } from "../finetune/export.js";
import { finetune } from "../finetune/finetune.js";
import { linearHead } from "../heads/index.js";
import { classification } from "../objectives/classification.js";
import { tokenClassification } from "../objectives/token-classification.js";
import { probe } from "../probe/probe.js";
import { images } from "../images/modality.js";
import type { Modality } from "../backbone/modality.js";
import type { Session } from "../engine/session.js";
import { texts } from "./modality.js";
import { mostTokens, textSamples } from "./samples.js";
import type { Texts } from "./texts.js";

const [words, width] = [50, 4];
const table = normals(words * width, 1, random(1, "table"));

/** Words, types and positions as rows of tables, then tanh: [batch, tokens, 4]. Inputs are called and typed as given. */
function network(
  inputs: { ids: string; mask?: string; types?: string; positions?: string },
  dtype: DataType = "int64",
  shape: Dim[] = ["b", "s"],
) {
  const b = new GraphBuilder();
  const row = (name: string, input: string) =>
    b.op("Gather", [b.initializer(name, float32(table, [words, width])), b.input(input, dtype, shape)], { axis: 0 });
  let sum = row("word", inputs.ids);
  if (inputs.types) sum = b.add(sum, row("type", inputs.types));
  if (inputs.positions) sum = b.add(sum, row("position", inputs.positions));
  const last_hidden_state = b.op("Tanh", [sum]);
  const mask = inputs.mask && b.op("Unsqueeze", [b.cast(b.input(inputs.mask, dtype, shape), "float32"), b.ints([2])]);
  b.setOutputs({ last_hidden_state: mask ? b.mul(last_hidden_state, mask) : last_hidden_state });
  return writeModel(b.model());
}

const sentences = [[5, 3], [7, 1, 10, 4, 2, 2], [2, 9, 6], [8], [4, 4, 1]];
/** What the exported file says of each text, [N, k]. */
async function servedLogits(
  modality: Modality<Texts>,
  source: Texts,
  session: Session,
  k: number,
): Promise<readonly number[]> {
  const all: number[] = [];
  for await (const { indices, feeds } of modality.servedBatches(source, engine)) {
    const logits = (await session.run(feeds))["logits"]!.data as Float32Array;
    indices!.forEach((index, i) => logits.subarray(i * k, (i + 1) * k).forEach((q, j) => (all[index * k + j] = q)));
  }
  return all;
}

function sourceOf(sentences: readonly number[][], types?: number[]): Texts {
  const starts = Uint32Array.from([0, ...sentences.map((_, i) => sentences.slice(0, i + 1).flat().length)]);
  const targets = classTargets(sentences.map((_, i) => i % 2));
  return {
    count: sentences.length,
    targets,
    ids: Int32Array.from(sentences.flat()),
    starts,
    ...(types ? { types: Uint8Array.from(types) } : {}),
  };
}

const at = (index: number): number[] => [...table.subarray(index * width, (index + 1) * width)];
/** What the network makes of a text alone, pooled by its mean. */
function expected(sentence: number[], type?: number, position?: (t: number) => number): number[] {
  const rows = sentence.map((word, t) =>
    at(word).map((w, j) =>
      Math.tanh(w + (type === undefined ? 0 : at(type)[j]!) + (position ? at(position(t))[j]! : 0)),
    ),
  );
  return upTo(width).map((j) => rows.reduce((sum, row) => sum + row[j]! / rows.length, 0));
}

async function featuresOf(bytes: Uint8Array, options: Parameters<typeof texts>[0] = {}, source = sourceOf(sentences)) {
  const modality = texts(options);
  const backbone = openBackbone(bytes, { modality });
  return { backbone, features: await extractFeatures(engine, backbone, await modality.open(source, engine)) };
}

function expectClose(found: ArrayLike<number>, rows: number[][]): void {
  expect(found).toHaveLength(rows.flat().length);
  rows.flat().forEach((z, i) => expect(found[i]).toBeCloseTo(z, 5));
}

describe("a model of texts", () => {
  test.each(["left", "right"] as const)("gets ids, mask, types and positions, padded on the %s", async (side) => {
    const all = { ids: "input_ids", mask: "attention_mask", types: "token_type_ids", positions: "position_ids" };
    const tokenizer = { padding: { id: 49, side } };
    const { backbone, features } = await featuresOf(network(all), { tokenizer });
    expect(backbone.inputs.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual(
      ["input_ids", "token_type_ids", "attention_mask"].map((name) => [name, "int64", ["batch", "sequence"]]),
    );
    expectClose(
      features,
      sentences.map((one) => expected(one, 0, (t) => t)),
    );
  });

  test("gets its own names and types, and the first position of its family", async () => {
    const odd = network({ ids: "input_word_ids", mask: "input_mask", positions: "positions:position_ids" }, "int32");
    const files = { "config.json": { model_type: "roberta", pad_token_id: 1 } };
    const { features, backbone } = await featuresOf(odd, {
      files: { ...files, "1_Pooling/config.json": { pooling_mode_mean_tokens: true } },
    });
    expect(backbone.inputs.map(({ name, dtype }) => [name, dtype])).toEqual([
      ["input_ids", "int64"],
      ["attention_mask", "int64"],
    ]);
    expectClose(
      features,
      sentences.map((one) => expected(one, undefined, (t) => t + 2)),
    );
  });

  test("gets the types of pairs", async () => {
    const types = sentences.flatMap((one) => one.map((_, t) => (t > 0 ? 1 : 0)));
    const source = sourceOf(sentences, types);
    const { features } = await featuresOf(
      network({ ids: "input_ids", mask: "attention_mask", types: "token_type_ids" }),
      {},
      source,
    );
    const rows = sentences.map((one) =>
      one.map((word, t) => at(word).map((w, j) => Math.tanh(w + at(t > 0 ? 1 : 0)[j]!))),
    );
    expectClose(
      features,
      rows.map((row) => upTo(width).map((j) => row.reduce((sum, z) => sum + z[j]! / row.length, 0))),
    );
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      "a cache",
      network({ ids: "input_ids", mask: "past_key_values.0" }),
      /'past_key_values.0' is a cache .* without a cache$/,
    ],
    ["a decoder's input", network({ ids: "input_ids", mask: "decoder_input_ids" }), /encoder_model.onnx$/],
    [
      "one length",
      network({ ids: "input_ids" }, "int64", ["b", 128]),
      /\[b, 128\], for texts of one length .* dynamic axes/,
    ],
    ["no ids", network({ ids: "attention_mask" }), /none of it is ids/],
    ["something else", network({ ids: "input_ids", mask: "langs" }), /'langs' \(int64 \[b, s\]\) is no ids/],
  ])("with %s is refused in a line", (_, bytes, line) => {
    expect(() => openBackbone(bytes, { modality: texts() })).toThrow(line);
  });

  test("of images is refused", () => {
    const b = new GraphBuilder();
    b.setOutputs({ y: b.op("Relu", [b.input("pixel_values", "float32", ["batch", 3, 8, 8])]) });
    expect(() => openBackbone(writeModel(b.model()), { modality: texts() })).toThrow(/'pixel_values' \(float32/);
  });
});

describe("batches of texts", () => {
  const many = upTo(40).map((i) => Array<number>(1 + ((i * 17) % 23)).fill(1));
  const source = sourceOf(many);
  const samples = textSamples(engine, source, { id: 0, side: "right" });
  const length = (i: number): number => many[i]!.length;
  const isSorted = (batch: number[]): boolean =>
    batch.every((index, i) => i === 0 || length(batch[i - 1]!) <= length(index));

  test("of a step keep their texts, sorted by length", () => {
    const order = upTo(40).map((i) => (i * 7) % 40);
    const batches = samples.batches(order, 16);
    expect(batches.map((batch) => batch.toSorted())).toEqual(
      [0, 16, 32].map((at) => order.slice(at, at + 16).toSorted()),
    );
    expect(batches.every(isSorted)).toBe(true);
  });

  test("of features are sorted over all, also of some texts", () => {
    expect(isSorted(samples.batches(upTo(40), 16).flat())).toBe(true);
    const some = selected(
      samples,
      upTo(20).map((i) => 2 * i),
    );
    expect(
      isSorted(
        some
          .batches(upTo(20), 6)
          .flat()
          .map((i) => 2 * i),
      ),
    ).toBe(true);
  });

  test("hold a bounded number of tokens where nothing is learnt", () => {
    const long = sourceOf(upTo(9).map((i) => Array<number>(i < 8 ? 4096 : 20_000).fill(1)));
    const batches = textSamples(engine, long, { id: 0, side: "right" }).batches(upTo(9), 64);
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 1]);
    expect(4 * 4096).toBe(mostTokens);
  });

  test("of every length run in the sessions that were there", async () => {
    let sessions = 0;
    const counting: Engine = { ...engine, session: (...given) => (sessions++, engine.session(...given)) };
    const modality = texts();
    const backbone = openBackbone(network({ ids: "input_ids", mask: "attention_mask" }), { modality });
    const run = async (sentences: readonly number[][]): Promise<number> => {
      sessions = 0;
      const train = await modality.open(sourceOf(sentences), counting);
      const head = linearHead().initial(random(1), width, 2);
      const data = { engine: counting, objective: classification(2), train, validation: train };
      const result = await finetune(backbone, data, { head, epochs: 2, batch: 2, learningRate: 0.1, seed: 1 });
      expect(result.epochs.every(({ loss }) => Number.isFinite(loss))).toBe(true);
      return sessions;
    };
    const alike = await run(upTo(40).map(() => [1, 2, 3]));
    expect(await run(many)).toBe(alike);
  });
});

test("the exported file takes ids as transformers.js feeds them, and its folder says what it is", async () => {
  const files = {
    "config.json": { model_type: "distilbert", architectures: ["DistilBertModel"], dim: 4 },
    "tokenizer.json": { model: {} },
    "tokenizer_config.json": { model_max_length: 512, tokenizer_class: "DistilBertTokenizer" },
    "special_tokens_map.json": { pad_token: "[PAD]" },
  };
  const modality = texts({
    files,
    tokenizer: { padding: { id: 0, side: "right" }, maxLength: { tokens: 32, from: "" } },
  });
  const backbone = openBackbone(network({ ids: "ids", mask: "mask", positions: "position_ids" }, "int32"), {
    modality,
  });
  const objective = classification(2);
  const weights = linearHead().initial(random(1), width, 2);
  const model = modality.served(exportModel(backbone, linearHead(), objective, weights));
  expect(model.graph.inputs.map(({ name, type }) => [name, type!.dtype, type!.shape])).toEqual(
    ["input_ids", "attention_mask"].map((name) => [name, "int64", ["batch", "sequence"]]),
  );
  const session = await engine.session(writeModel(model));
  expect(session.outputNames).toEqual(["logits"]);
  const source = sourceOf(sentences);
  const logits = await servedLogits(modality, source, session, 2);
  const [w, b] = ["head.weight", "head.bias"].map((name) => [...weights.get(name)!]);
  expectClose(
    logits,
    sentences.map((one) => {
      // DistilBERT's classifier reads the first token.
      const z = at(one[0]!).map((v, j) => Math.tanh(v + at(0)[j]!));
      return [0, 1].map((k) => z.reduce((sum, v, j) => sum + v * Number(w![k * width + j]), Number(b![k])));
    }),
  );
  expect(modality.servedFiles({ objective, outputs: ["no", "yes"] })).toEqual({
    "config.json": {
      model_type: "distilbert",
      architectures: ["DistilBertForSequenceClassification"],
      dim: 4,
      problem_type: "single_label_classification",
      num_labels: 2,
      id2label: { "0": "no", "1": "yes" },
      label2id: { no: 0, yes: 1 },
      "transformers.js_config": { dtype: "fp32" },
    },
    "tokenizer.json": { model: {} },
    "tokenizer_config.json": { model_max_length: 32, tokenizer_class: "DistilBertTokenizer", pad_token: "[PAD]" },
    "special_tokens_map.json": { pad_token: "[PAD]" },
  });
  // And it is a backbone in turn.
  const again = openBackbone(writeModel(model), { modality });
  const own = await modality.open(source, engine);
  expect(await extractFeatures(engine, again, own)).toEqual(await extractFeatures(engine, backbone, own));
});

test("a text that lost its last token on the way to the exported file gets it back, and training on does without", async () => {
  const files = { "1_Pooling/config.json": { pooling_mode_mean_tokens: true } };
  const tokenizer = { padding: { id: 0, side: "right" }, maxLength: { tokens: 4, from: "" }, ending: 9 } as const;
  const modality = texts({ files, tokenizer });
  const backbone = openBackbone(network({ ids: "input_ids", mask: "attention_mask" }), { modality });
  const weights = linearHead().initial(random(1), width, 2);
  const bytes = writeModel(modality.served(exportModel(backbone, linearHead(), classification(2), weights)));
  const session = await engine.session(bytes);
  const logits = (all: number[][]): Promise<readonly number[]> => servedLogits(modality, sourceOf(all), session, 2);
  expect(
    await logits([
      [5, 3, 2, 7],
      [1, 9],
      [6, 6, 6],
    ]),
  ).toEqual(
    await logits([
      [5, 3, 2, 9],
      [1, 9],
      [6, 6, 6],
    ]),
  );
  const again = openBackbone(bytes, { modality });
  const longer = await modality.open(sourceOf([[5, 3, 2, 7, 4, 9]]), engine);
  expect(await extractFeatures(engine, again, longer)).toEqual(await extractFeatures(engine, backbone, longer));
});

test("images have no use for texts' pooling", () => {
  const b = new GraphBuilder();
  b.setOutputs({ y: b.op("Relu", [b.input("x", "float32", ["batch", 3, 8, 8])]) });
  expect(() => openBackbone(writeModel(b.model()), { modality: images(), pooling: "cls" })).toThrow(
    /has no tokens to pool over; leave option pooling out$/,
  );
});

test("a model without a mask is warned of: padding is text to it", () => {
  const warned = (inputs: Parameters<typeof network>[0]) =>
    openBackbone(network(inputs), { modality: texts() }).warnings.filter((text) => text.includes("attention_mask"));
  expect(warned({ ids: "input_ids" })).toEqual([expect.stringMatching(/takes no attention_mask.*export it with/)]);
  expect(warned({ ids: "input_ids", mask: "attention_mask" })).toEqual([]);
});

describe("texts whose words have tags", () => {
  const tags = ["O", "B-X", "I-X"];
  /** Of each text the places of words, and what they are: ids of 5 and more begin an entity, a 4 goes on with it. */
  const places = [[0, 1], [0, 2, 5], [1, 2], [0], [0, 1, 2]];
  const labels = places.map((own, n) => own.map((t) => (sentences[n]![t]! > 4 ? 1 : sentences[n]![t] === 4 ? 2 : 0)));
  const source: Texts = {
    ...sourceOf(sentences),
    targets: unitTargets(labels),
    places: Uint32Array.from(places.flat()),
  };
  const all = { ids: "input_ids", mask: "attention_mask" };
  const wordRows = places.flatMap((own, n) => own.map((t) => expected([sentences[n]![t]!])));

  test.each(["left", "right"] as const)("have features for each word, padded on the %s", async (side) => {
    const { backbone, features } = await featuresOf(
      network(all),
      { each: true, tokenizer: { padding: { id: 49, side } } },
      source,
    );
    expectClose(features, wordRows);
    expect(backbone.found).toContain("of the first token of each word");
    // Some of the texts, in another order.
    const some = selected(await texts({ each: true }).open(source, engine), [3, 1]);
    expectClose(
      await extractFeatures(engine, backbone, some),
      [[3], [1]].flat().flatMap((n) => places[n]!.map((t) => expected([sentences[n]![t]!]))),
    );
  });

  test("are learned, frozen or not, and the exported file answers for every token", async () => {
    const modality = texts({ each: true });
    const objective = tokenClassification(tags);
    const samples = await modality.open(source, engine);
    const backbone = openBackbone(network(all), { modality });
    const data = { engine, objective, train: samples, validation: samples };
    const probing = await probe(backbone, data, { epochs: 8, batch: 4 });
    const stop = probing.at(8);
    // By hand, of the probed head on the features.
    const logits = headLogits(stop.head, wordRows, tags.length);
    const by = objective.measure({ logits }, source.targets);
    expect(stop.energy).toBeCloseTo(by.energy, 5);
    expect(stop.loss).toBeCloseTo(by.loss, 5);
    const tuned = await finetune(backbone, data, { head: stop.head, epochs: 2, batch: 2, learningRate: 0.1, seed: 0 });
    expect(tuned.epochs.at(-1)!.loss).toBeLessThan(by.loss);
    expect(tuned.adaptation.train.euclidean).toBeGreaterThan(0);

    const file = modality.served(exportModel(backbone, linearHead(), objective, tuned.best));
    expect(file.graph.inputs.map(({ name }) => name)).toEqual(["input_ids", "attention_mask"]);
    const after = mergeWeights(backbone, tuned.best);
    const z = await extractFeatures(engine, after, samples);
    const own = headLogits(
      tuned.best,
      Array.from({ length: 11 }, (_, i) => [...z.subarray(i * width, (i + 1) * width)]),
      3,
    );
    const session = await engine.session(writeModel(file));
    const served = new Float32Array(own.length);
    for await (const { indices, feeds, rows } of modality.servedBatches(source, engine)) {
      const { logits } = await session.run(feeds);
      expect(logits!.dims).toEqual([sentences.length, 6, tags.length]);
      const given = logits!.data as Float32Array;
      unitsOf(samples.targets, indices!).forEach((unit, i) =>
        served.set(given.subarray(rows![i]! * 3, rows![i]! * 3 + 3), unit * 3),
      );
    }
    await session.release();
    own.forEach((q, i) => expect(served[i]).toBeCloseTo(q, 4));
    // It is a backbone in turn.
    const again = openBackbone(writeModel(file), { modality });
    expectClose(await extractFeatures(engine, again, samples), rowsOf(z));
    expect(modality.servedFiles({ objective, outputs: tags })).toMatchObject({
      "config.json": { architectures: ["BertForTokenClassification"], id2label: { 1: "B-X" } },
    });
  });

  test("are refused by a model that gives one vector a text, and pooling is no choice", () => {
    const b = new GraphBuilder();
    const ids = b.input("input_ids", "int64", ["b", "s"]);
    const rows = b.op("Gather", [b.initializer("word", float32(table, [words, width])), ids], { axis: 0 });
    b.setOutputs({ sentence: b.op("ReduceMean", [rows, b.ints([1])], { keepdims: 0 }) });
    const modality = texts({ each: true });
    expect(() => openBackbone(writeModel(b.model()), { modality })).toThrow("needs features for each");
    expect(() => openBackbone(network(all), { modality, pooling: "mean" })).toThrow("leave option pooling out");
  });

  function headLogits(head: Weights, rows: readonly number[][], k: number): Float32Array {
    const [w, bias] = [head.get("head.weight")!, head.get("head.bias")!];
    return Float32Array.from(
      rows.flatMap((z) => upTo(k).map((c) => z.reduce((sum, v, j) => sum + v * w[c * width + j]!, bias[c]!))),
    );
  }

  function rowsOf(z: Float32Array): number[][] {
    return upTo(z.length / width).map((i) => [...z.subarray(i * width, (i + 1) * width)]);
  }
});

test("a token that the model's table lacks is told with its text", async () => {
  // 30 words.
  const { inputs } = openBackbone(textNetwork("tokens").bytes, { modality: texts() });
  const source = {
    count: 2,
    targets: classTargets([0, 1]),
    ids: Int32Array.of(3, 29, 4, 30),
    starts: Uint32Array.of(0, 2, 4),
  };
  await expect(texts().open(source, engine, inputs)).rejects.toThrow(
    /^text 1: its token 1 has the number 30, and the model's table of tokens has 30 rows, 0 to 29; give the tokenizer.json/,
  );
  await expect(texts().open({ ...source, names: ["a.csv:2", "a.csv:3"] }, engine, inputs)).rejects.toThrow(
    /^a\.csv:3: /,
  );
  expect((await texts().open({ ...source, ids: Int32Array.of(0, 1, 2, 3) }, engine, inputs)).count).toBe(2);
});
