import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sharedFile, withShared } from "../../test/shared.js";
import type { Json, TextFiles } from "./files.js";
import { maxLengthOf } from "./max-length.js";
import { tokenize } from "./tokenize.js";
import { openTokenizer } from "./tokenizer.js";

interface Reference {
  readonly texts: string[];
  readonly tokenizers: Record<
    string,
    { tokenizer: Json; right: number[][]; left: number[][]; pairs: number[][]; types: string[]; lengths: number[] }
  >;
}

/** How it was made is said in it. */
const reference = JSON.parse(readFileSync(new URL("tokenizer.reference.json", import.meta.url), "utf8")) as Reference;
const { texts, tokenizers } = reference;

describe.each(Object.entries(tokenizers))("a tokenizer of %s", (_, { tokenizer, ...ids }) => {
  const files: TextFiles = { "tokenizer.json": tokenizer };

  test("gives the reference's ids of hard texts, cut on the right", async () => {
    const own = await openTokenizer(files, { maxLength: 12 });
    const found = texts.map((text) => own.encode(text));
    expect(found.map((one) => one.ids)).toEqual(ids.right);
    expect(found.map((one) => one.cut)).toEqual(ids.lengths.map((length) => length > 12));
  });

  test("cuts on the left where tokenizer_config.json says so", async () => {
    const own = await openTokenizer(
      { ...files, "tokenizer_config.json": { truncation_side: "left" } },
      { maxLength: 7 },
    );
    expect(texts.map((text) => own.encode(text).ids)).toEqual(ids.left);
  });

  test("gives pairs with their types, the longer text cut first", async () => {
    const own = await openTokenizer(files, { maxLength: 12 });
    const found = texts.map((text, i) => own.encode(text, texts[(i + 1) % texts.length]!));
    expect(found.map((one) => one.ids)).toEqual(ids.pairs);
    expect(found.map((one) => one.types.join(""))).toEqual(ids.types);
  });

  test("reads of a text of a million characters as much as it needs", async () => {
    const own = await openTokenizer(files, { maxLength: 64 });
    for (const hostile of ["the cat. ".repeat(120_000), "東".repeat(1e6), " ".repeat(1e6)]) {
      const start = performance.now();
      const { ids: found, cut } = own.encode(hostile);
      expect(performance.now() - start).toBeLessThan(5000);
      expect(found.length).toBeLessThanOrEqual(64);
      expect(cut).toBe(true);
    }
    const long = "the cat sat on it. ".repeat(3000);
    expect(own.encode(long).ids).toEqual(own.encode(long.slice(0, 2000)).ids);
  });
});

describe("a model's folder", () => {
  const { tokenizer } = tokenizers["bert"]!;

  test("without tokenizer.json is refused with the remedy", async () => {
    await expect(openTokenizer({})).rejects.toThrow(
      /^the model's folder has no tokenizer.json; write one with [^\n]*$/,
    );
  });

  test("with parts that are not known is refused in a line", async () => {
    const odd = { ...tokenizer, pre_tokenizer: { type: "UnicodeScripts" } };
    await expect(openTokenizer({ "tokenizer.json": odd })).rejects.toThrow(
      "tokenizer.json cannot be used: Unknown PreTokenizer type: UnicodeScripts; save it again",
    );
  });

  test("needs room for more than special tokens", async () => {
    await expect(openTokenizer({ "tokenizer.json": tokenizer }, { maxLength: 3 })).rejects.toThrow(
      "a length of 3 tokens (what was asked for) has no room beside 3 special tokens; take at least 4",
    );
  });

  test("refuses texts longer than a model's table of positions, where it has one", async () => {
    const open = (config: object, maxLength = 512) =>
      openTokenizer(
        { "tokenizer.json": tokenizer, "config.json": { max_position_embeddings: 64, ...config } },
        { maxLength },
      );
    await expect(open({ model_type: "bert" })).rejects.toThrow(
      "texts of 512 tokens (what was asked for) are longer than the 64 positions that the model has by its config.json; take at most 64",
    );
    await expect(open({ model_type: "roberta", pad_token_id: 1 }, 63)).rejects.toThrow("take at most 62");
    expect((await open({ model_type: "bert" }, 64)).maxLength.tokens).toBe(64);
    // Its positions are distances.
    expect((await open({ model_type: "deberta-v2" })).maxLength.tokens).toBe(512);
  });

  test.each<[number, RegExp, TextFiles]>([
    [512, /what is usual/, {}],
    [256, /sentence_bert_config/, { "sentence_bert_config.json": { max_seq_length: 256 } }],
    [
      512,
      /positions of config.json/,
      { "config.json": { max_position_embeddings: 514, model_type: "roberta", pad_token_id: 1 } },
    ],
    [
      128,
      /tokenizer_config/,
      { "tokenizer_config.json": { model_max_length: 128 }, "config.json": { n_positions: 1024 } },
    ],
    [512, /what is usual/, { "tokenizer_config.json": { model_max_length: 1e30 } }],
  ])("says how long texts may be: %i", (tokens, from, files) => {
    const found = maxLengthOf(files);
    expect(found.tokens).toBe(tokens);
    expect(found.from).toMatch(from);
  });

  test("says how texts are filled up", async () => {
    const padding = async (files: TextFiles) =>
      (await openTokenizer({ "tokenizer.json": tokenizer, ...files })).padding;
    expect(await padding({})).toEqual({ id: 0, side: "right" });
    expect(
      await padding({ "tokenizer_config.json": { pad_token: { content: "[MASK]" }, padding_side: "left" } }),
    ).toEqual({
      id: 4,
      side: "left",
    });
    const { padding: _, ...bare } = tokenizer;
    expect(await padding({ "tokenizer.json": bare, "tokenizer_config.json": { eos_token: "[SEP]" } })).toEqual({
      id: 3,
      side: "right",
    });
  });

  test("of Llama's kin marks ends as tokenizer_config.json says", async () => {
    const config = { tokenizer_class: "LlamaTokenizer", bos_token: "[CLS]", eos_token: "[SEP]", add_eos_token: true };
    const of = (config: Json) => openTokenizer({ "tokenizer.json": tokenizer, "tokenizer_config.json": config });
    const ids = (await of({})).encode("the cat").ids.slice(1, -1);
    expect((await of(config)).encode("the cat").ids).toEqual([2, ...ids, 3]);
    expect((await of({ ...config, add_bos_token: false, add_eos_token: false })).encode("the cat").ids).toEqual(ids);
  });
});

test("texts lie one after another, and those that were cut are told", async () => {
  const { tokenizer, right, types } = tokenizers["bert"]!;
  const own = await openTokenizer({ "tokenizer.json": tokenizer }, { maxLength: 12 });
  const alone = await tokenize(
    own,
    texts.map((text) => ({ text })),
  );
  expect([alone.count, alone.cut, alone.types]).toEqual([
    texts.length,
    tokenizers["bert"]!.lengths.flatMap((n, i) => (n > 12 ? [i] : [])),
    undefined,
  ]);
  right.forEach((ids, i) => expect([...alone.ids.subarray(alone.starts[i], alone.starts[i + 1])]).toEqual(ids));
  const pairs = await tokenize(own, [{ text: texts[0]!, pair: texts[1]! }]);
  expect([...pairs.types!].join("")).toBe(types[0]);
});

withShared("peers/text/tokenizer-cases.json", () => {
  const json = (path: string): Json => JSON.parse(new TextDecoder().decode(sharedFile(path))) as Json;
  test("MiniLM's tokenizer gives the ids of all cases", async () => {
    const files = {
      "tokenizer.json": json("models/minilm-l6/tokenizer.json"),
      "tokenizer_config.json": json("models/minilm-l6/tokenizer_config.json"),
    };
    const own = await openTokenizer(files, { maxLength: 32 });
    const { cases } = json("peers/text/tokenizer-cases.json") as unknown as {
      cases: { text: string; ids: number[] }[];
    };
    expect(cases).toHaveLength(61);
    for (const { text, ids } of cases) expect([text, own.encode(text).ids]).toEqual([text, ids]);
  });
});
