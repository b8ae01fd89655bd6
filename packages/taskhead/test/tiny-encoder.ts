import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { float32, GraphBuilder, writeModel } from "@taskhead/autograd";

const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
const words = "the a cat dog bird sat ran sang on in mat park tree good bad great awful movie film was is not".split(
  " ",
);
const vocabulary = Object.fromEntries([...special, ...words].map((word, id) => [word, id]));
const width = 8;

/** Numbers between −1 and 1 that are always the same. */
function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
}

/** Likewise, and of neighbours nothing tells one from the other: words differ in all of their numbers. */
export function scattered(count: number, seed: number): Float32Array {
  return noise(count, seed).map((value) => 2 * ((43758.5453 * value) % 1));
}

/** An encoder of words: embeddings, a layer, Tanh; ids and mask → last_hidden_state. */
function encoder(draw: typeof noise): Uint8Array {
  const b = new GraphBuilder("encoder");
  const ids = b.input("input_ids", "int64", ["batch", "sequence"]);
  const mask = b.input("attention_mask", "int64", ["batch", "sequence"]);
  const table = b.initializer("words", float32(draw(Object.keys(vocabulary).length * width, 1), [26, width]));
  const embedded = b.op("Gather", [table, ids]);
  const weight = b.initializer("dense.weight", float32(draw(width * width, 2), [width, width]));
  const dense = b.add(b.op("MatMul", [embedded, weight]), b.initializer("dense.bias", float32(noise(width, 3))));
  const seen = b.op("Unsqueeze", [b.cast(mask, "float32"), b.ints([2])]);
  b.setOutputs({ last_hidden_state: b.mul(b.op("Tanh", [dense]), seen) });
  return writeModel(b.model());
}

/** Writes a model of texts as the hub has it: a tokenizer of 22 words, and an encoder of width 8 that nobody trained. */
export async function writeTinyEncoder(folder: string, draw = noise): Promise<string> {
  const json = (name: string, content: unknown): Promise<void> =>
    writeFile(join(folder, name), JSON.stringify(content));
  for (const inner of ["onnx", "1_Pooling"]) await mkdir(join(folder, inner), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), encoder(draw));
  await json("config.json", { model_type: "bert", architectures: ["BertModel"], max_position_embeddings: 16 });
  await json("1_Pooling/config.json", { pooling_mode_mean_tokens: true });
  await json("tokenizer_config.json", {
    tokenizer_class: "BertTokenizer",
    model_max_length: 16,
    pad_token: "[PAD]",
    cls_token: "[CLS]",
    sep_token: "[SEP]",
    unk_token: "[UNK]",
  });
  await json("tokenizer.json", {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "[CLS]", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "[SEP]", type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: "[CLS]", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "[SEP]", type_id: 0 } },
        { Sequence: { id: "B", type_id: 1 } },
        { SpecialToken: { id: "[SEP]", type_id: 1 } },
      ],
      special_tokens: {
        "[CLS]": { id: "[CLS]", ids: [2], tokens: ["[CLS]"] },
        "[SEP]": { id: "[SEP]", ids: [3], tokens: ["[SEP]"] },
      },
    },
    decoder: null,
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      vocab: vocabulary,
      max_input_chars_per_word: 100,
    },
  });
  return folder;
}

/** Sentences of good and of bad films, in turn: `text,label` as CSV. */
export function reviews(count: number, seed = 0): string {
  const good = ["good", "great"];
  const bad = ["bad", "awful"];
  const rows = Array.from({ length: count }, (_, i) => {
    const pick = (all: readonly string[], n: number): string => all[((i >> 1) * 7 + n * 3 + seed) % all.length]!;
    const [word, label] = i % 2 === 0 ? [pick(good, 1), "positive"] : [pick(bad, 2), "negative"];
    const long = " on the mat in the park".repeat((i + seed) % 3);
    return `"The ${pick(["movie", "film", "cat", "bird"], 3)} was ${word}${long}, ${pick(["a dog", "the tree"], 4)} sat",${label}`;
  });
  return ["text,label", ...rows].join("\n") + "\n";
}

/** Sentences in which an animal with what it is like is an entity, and a place is one: a word and its tag a line. */
export function taggedWords(count: number, seed = 0): string {
  const tags: Readonly<Record<string, string>> = {
    good: "B-ANI",
    bad: "B-ANI",
    cat: "I-ANI",
    dog: "I-ANI",
    park: "B-LOC",
    tree: "B-LOC",
  };
  return Array.from({ length: count }, (_, i) => {
    const pick = (all: string, n: number): string => {
      const words = all.split(" ");
      return words[(i * 7 + n * 3 + seed * 5 + (i >> 2)) % words.length]!;
    };
    const words = [
      "The",
      pick("good bad", 1),
      pick("cat dog", 2),
      pick("sat ran sang", 3),
      "in",
      "the",
      pick("park tree", 4),
      ".",
    ];
    return words.map((word) => `${word} ${tags[word] ?? "O"}\n`).join("");
  }).join("\n");
}
