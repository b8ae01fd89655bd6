import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  classTargets,
  createEngine,
  openBackbone,
  openTokenizer,
  texts,
  tokenize,
  type Backbone,
  type Tokenizer,
} from "@taskhead/core";
import { extractFeatures, type TextFiles } from "@taskhead/core/internals";
import * as ort from "onnxruntime-node";
import { beforeAll, expect, test } from "vitest";
import { sha256 } from "../../files/sha256.js";
import { textFilesOf } from "../../text/model-files.js";
import { labelsOf } from "../task.js";
import { encoder } from "./messages.js";
import { pretrainingIntents, writeRequest } from "./write.js";

const file = join(encoder, "onnx/model.onnx");
const engine = createEngine(ort, { threads: 1 });
let files: TextFiles;
let tokenizer: Tokenizer;
let backbone: Backbone;

beforeAll(async () => {
  files = await textFilesOf(file);
  tokenizer = await openTokenizer(files);
  backbone = openBackbone(await readFile(file), { modality: texts({ files, tokenizer }) });
});

test("the shipped files are those that `npm run pretrain:demo:text` wrote", async () => {
  expect(sha256(await readFile(file))).toBe("fb41475b550caa04afd3980a968e642cfc63b38ff259140411a328cb3273595e");
  expect(sha256(await readFile(join(encoder, "tokenizer.json")))).toBe(
    "f89192d3bb950ee2ae8681c6254d0e06f9271c9494fd2c26bb55d46e3b4eed03",
  );
});

test("a text is read in pieces of words, the longest that there are", () => {
  const { vocab } = (files["tokenizer.json"] as { model: { vocab: Record<string, number> } }).model;
  const ids = (pieces: string): number[] => pieces.split(" ").map((piece) => vocab[piece]!);
  const read = (text: string): readonly number[] => tokenizer.encode(text).ids;
  expect(read("The lamp, please?")).toEqual(ids("[CLS] the lamp , please [UNK] [SEP]"));
  // Two letters have changed places: no word that it knows.
  expect(read("lapm")).toEqual(ids("[CLS] l ##ap ##m [SEP]"));
  expect(tokenizer.maxLength.tokens).toBe(64);
});

test("features are the mean over tokens, whatever else is in the batch, and tell what it was pretrained on apart", async () => {
  expect([backbone.width, backbone.parameterCount]).toEqual([64, 122368]);
  expect(backbone.found).toContain("averaged over tokens by 'attention_mask', as 1_Pooling/config.json says");
  const known = await featuresOf(8, 0);
  const others = await featuresOf(4, 100);
  const means = pretrainingIntents.map((_, intent) => meanOf(known.slice(8 * intent, 8 * intent + 8)));
  const right = others.filter((features, n) => nearest(means, features) === Math.floor(n / 4)).length;
  expect(right / others.length).toBeGreaterThan(0.9);
  const [alone] = await featuresOf(1, 100);
  alone!.forEach((value, i) => expect(value).toBeCloseTo(others[0]![i]!, 4));
});

/** Of messages `first` and on of every intent, [intents · count][width]. */
async function featuresOf(count: number, first: number): Promise<number[][]> {
  const labels = labelsOf(pretrainingIntents, count);
  const written = labels.map((label, n) => ({
    text: writeRequest(pretrainingIntents[label]!, 5, first + (n % count)),
  }));
  const source = { ...(await tokenize(tokenizer, written)), targets: classTargets(labels) };
  const samples = await texts({ tokenizer }).open(source, engine);
  const all = await extractFeatures(engine, backbone, samples, { set: "training" });
  const { width } = backbone;
  return labels.map((_, n) => [...all.subarray(n * width, (n + 1) * width)]);
}

function meanOf(vectors: readonly number[][]): number[] {
  return vectors[0]!.map((_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0) / vectors.length);
}

function nearest(means: readonly number[][], features: readonly number[]): number {
  const distances = means.map((mean) => Math.hypot(...mean.map((value, i) => value - features[i]!)));
  return distances.indexOf(Math.min(...distances));
}
