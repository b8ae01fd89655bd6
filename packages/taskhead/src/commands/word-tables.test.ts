import { expect, test } from "vitest";
import { wordsOfText } from "../text/tagged/words-of-text.js";
import { predictedWords } from "../text/tagged/predicted-words.js";
import { wordCsv, wordTables } from "./word-tables.js";

const tags = ["B-PER", "I-PER", "O"];

/** Logits by which the model says these tags; null of a word without an answer. */
function saying(...said: (string | null)[]): Float32Array {
  return Float32Array.from(said.flatMap((tag) => tags.map((one) => (tag === null ? NaN : one === tag ? 2 : 0))));
}

const text = 'Dr.  "Ann\nLee" sat';
const words = wordsOfText(text);
const told = predictedWords({ text, words }, saying("O", "O", null, "B-PER", "I-PER", "O", "O"), tags);

test("entities go from the begin of their first word to the end of their last", () => {
  expect(told.entities).toEqual([{ type: "PER", text: "Ann\nLee", start: 6, end: 13 }]);
  const p = Math.exp(2) / (Math.exp(2) + 2);
  expect(told.words[3]!).toMatchObject({ text: "Ann", tag: "B-PER" });
  expect(told.words[3]!.probability).toBeCloseTo(p, 6);
  expect(told.words[2]).toEqual({ text: '"', start: 5, end: 6, tag: null, probability: null });
});

test("tables have a row per word, and the text where there are several", () => {
  expect(wordTables([told], undefined)).toMatch(/^word.*\n(.*\n){7}PER: Ann Lee$/);
  const none = { name: "x", words: [], entities: [] };
  expect(wordTables([told, none], undefined)).toMatch(/^Dr\. "Ann Lee" sat\nword[^]*\n\nx\nword[^]*\nno entities$/);
});

test("CSV has a row per word", () => {
  const rows = wordCsv([predictedWords({ text: "a b", words: wordsOfText("a b") }, saying(null, "O"), tags)], "text");
  expect(rows.split("\n")).toEqual([
    "text,start,end,word,tag,probability",
    "a b,0,1,a,,",
    expect.stringMatching(/^a b,2,3,b,O,0\.78\d+$/),
  ]);
});

test("tags that name no entities are told word by word alone", () => {
  const { entities, words: said } = predictedWords(
    { text: "a b", words: wordsOfText("a b") },
    Float32Array.of(0, 1, 1, 0),
    ["NOUN", "VERB"],
  );
  expect(entities).toEqual([]);
  expect(said.map(({ tag }) => tag)).toEqual(["VERB", "NOUN"]);
});
