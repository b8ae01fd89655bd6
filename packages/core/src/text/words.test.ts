import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sharedFile, withShared } from "../../test/shared.js";
import type { Json } from "./files.js";
import { tokenizeWords } from "./tokenize.js";
import { openTokenizer, type Tokenizer } from "./tokenizer.js";
import { encodeWords } from "./words.js";

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

/** How they were made is said in them. */
const { tokenizers } = read("tokenizer.reference.json") as { tokenizers: Record<string, { tokenizer: Json }> };
const reference = read("words.reference.json") as {
  texts: string[][];
  tokenizers: Record<string, { of: [base: string, changed: Json]; words: { ids: number[]; places: number[] }[] }>;
};

function tokenizerOf([base, changed]: readonly [string, Json], options = {}, config: Json = {}): Promise<Tokenizer> {
  const tokenizer =
    base === "minilm"
      ? (JSON.parse(new TextDecoder().decode(sharedFile("models/minilm-l6/tokenizer.json"))) as Json)
      : tokenizers[base]!.tokenizer;
  const parts = { ...(tokenizer["pre_tokenizer"] as Json), ...changed };
  return openTokenizer(
    { "tokenizer.json": { ...tokenizer, pre_tokenizer: parts }, "tokenizer_config.json": config },
    options,
  );
}

function asReferred(name: string): void {
  const { of, words } = reference.tokenizers[name]!;
  test(`of ${name} are the tokens of the text, each word's first known, as the reference has them`, async () => {
    const tokenizer = await tokenizerOf(of);
    const found = reference.texts.map((text) => encodeWords(tokenizer, text));
    expect(found.map(({ ids, places }) => ({ ids, places }))).toEqual(words);
    expect(found.every(({ cut }) => !cut)).toBe(true);
  });
}

describe("words as a tokenizer reads them", () => {
  Object.keys(reference.tokenizers)
    .filter((name) => name !== "minilm")
    .forEach(asReferred);
  withShared("models/minilm-l6", () => asReferred("minilm"));

  test("are apart where it makes one token of parts of two, in the form that they have behind others", () => {
    // Each letter is a token but for a mark before a word, and "▁ab▁c", which is one.
    const tokensOf = (text: string): number[] =>
      [...`▁${text.replaceAll(" ", "▁")}`.replaceAll("▁ab▁c", "#")].map((letter) => letter.charCodeAt(0));
    const framed = (ids: readonly number[]) => ({
      ids,
      types: ids.map(() => 0),
      cut: false,
      from: 0,
      at: 0,
      kept: ids.length,
    });
    const { ids, places } = encodeWords({ tokensOf, framed }, ["d", "ab", "cd", "e"]);
    expect(String.fromCharCode(...ids)).toBe("▁d▁ab▁▁cd▁e");
    expect(places).toEqual([0, 2, 5, 9]);
  });
});

describe("words of a text that is cut", () => {
  const text = reference.texts[9]!;

  test("on the right have no place where they are cut away, and special tokens stay", async () => {
    const tokenizer = await tokenizerOf(["bert", {}], { maxLength: 6 });
    const { ids, places, cut } = encodeWords(tokenizer, text);
    expect(cut).toBe(true);
    expect(ids).toEqual(tokenizer.encode(text.join(" ")).ids);
    expect(places).toEqual([1, 2, 3, 4, -1, -1, -1, -1, -1]);
  });

  test("on the left likewise", async () => {
    const tokenizer = await tokenizerOf(["bert", {}], { maxLength: 6 }, { truncation_side: "left" });
    const { ids, places } = encodeWords(tokenizer, text);
    expect(ids).toEqual(tokenizer.encode(text.join(" ")).ids);
    expect(places).toEqual([-1, -1, -1, -1, -1, 1, 2, 3, 4]);
  });
});

test("texts whose words have tags become units: those that count and are there", async () => {
  const tokenizer = await tokenizerOf(["bert", {}], { maxLength: 6 });
  const found = await tokenizeWords(tokenizer, [
    { words: ["the", "cats", "sat"], tags: [0, 2, -1] },
    { words: ["the", "\u200b", "cat", "sat", "the", "cat"], tags: [1, 1, 0, 1, 0, 2] },
  ]);
  const encoded = [
    encodeWords(tokenizer, ["the", "cats", "sat"]),
    encodeWords(tokenizer, ["the", "cat", "sat", "the", "cat"]),
  ];
  expect([...found.ids]).toEqual(encoded.flatMap(({ ids }) => ids));
  expect(found).toMatchObject({ count: 2, cut: [1], lost: 2 });
  expect([...found.targets.data]).toEqual([0, 2, 1, 0, 1, 0]);
  expect([...found.targets.starts]).toEqual([0, 2, 6]);
  expect([...found.places]).toEqual([1, 2, 1, 2, 3, 4]);
  expect([...found.words]).toEqual([0, 1, 0, 2, 3, 4]);
});
