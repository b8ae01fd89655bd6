import { expect, it } from "vitest";
import { UserError } from "../files/errors.js";
import { chooseColumns, type AskedColumns } from "./text-columns.js";

/** What is chosen of a table with these cells, a column each. */
function choose(columns: Record<string, string[]>, asked: Partial<AskedColumns> = {}) {
  const names = Object.keys(columns);
  const head = columns[names[0]!]!.map((_, i) => ({
    row: i + 2,
    cells: new Map(names.map((name) => [name, columns[name]![i]!])),
  }));
  const { text, targets } = chooseColumns(
    { where: "x.csv", columns: names, head },
    { task: "classification", ...asked },
  );
  return [text, targets];
}

function message(columns: Record<string, string[]>, asked: Partial<AskedColumns> = {}): string {
  try {
    choose(columns, asked);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error("nothing was wrong");
}

const words = ["a b", "c d"];
const ones = ["1", "0"];

it.each([
  [{ text: words, category: words }, ["text"], ["category"]],
  [{ label: ones, title: words, text: words, sentiment: words }, ["text"], ["label"]],
  [{ idx: ones, Sentence: words, Label: ones }, ["Sentence"], ["Label"]],
  [{ premise: words, hypothesis: words, idx: ones, label: ones }, ["premise", "hypothesis"], ["label"]],
  [{ question2: words, question1: words, label: ones }, ["question1", "question2"], ["label"]],
  [{ id: words, phrase: words, kind: words, label: ones }, null, null],
  [{ id: words, phrase: words, rank: ones, label: ones }, ["phrase"], ["label"]],
  [{ review: words, kind: words }, ["review"], ["kind"]],
  [{ "Unnamed: 0": ones, tweet: words, class: ones }, ["tweet"], ["class"]],
])("columns are guessed by their names, else by what they hold: %j", (columns, text, targets) => {
  if (text === null) expect(message(columns)).toMatch(/several columns that may be the text \('phrase', 'kind'\)/);
  else expect(choose(columns)).toEqual([text, targets]);
});

it("names of images are no texts, unless they are asked for", () => {
  const files = ["a/1.png", "b/2.JPG"];
  expect(choose({ file_name: files, caption: words, label: ones })).toEqual([["caption"], ["label"]]);
  expect(message({ file_name: files, label: ones })).toBe(
    "x.csv names images in column 'file_name', and the model takes texts; give a model of images, or name a column of texts with --text",
  );
  expect(choose({ file_name: files, label: ones }, { text: ["file_name"] })).toEqual([["file_name"], ["label"]]);
});

it("numbers and several labels are guessed by what they hold, too", () => {
  const regression = { task: "regression" } as const;
  const multiLabel = { task: "multi-label" } as const;
  expect(choose({ sentence1: words, sentence2: words, genre: words, score: ones }, regression)).toEqual([
    ["sentence1", "sentence2"],
    ["score"],
  ]);
  expect(choose({ id: ones, text: words, who: words, length: ["1.5", ""] }, regression)).toEqual([
    ["text"],
    ["length"],
  ]);
  const comments = { id: ones, comment_text: words, toxic: ones, insult: ["", "yes"], n: ["3", "1"] };
  expect(choose(comments, multiLabel)).toEqual([["comment_text"], ["toxic", "insult"]]);
  expect(choose({ text: words, tags: words, toxic: ones }, multiLabel)).toEqual([["text"], ["tags"]]);
  expect(choose(comments, { ...multiLabel, preferred: ["insult", "other"] })[1]).toEqual(["insult"]);
});

it("columns that are named are taken, if they can be", () => {
  const columns = { a: words, b: words, c: ones };
  expect(choose(columns, { text: ["b"], label: "a" })).toEqual([["b"], ["a"]]);
  expect(choose(columns, { text: ["b", "a"], label: "c" })).toEqual([["b", "a"], ["c"]]);
  expect(choose(columns, { task: "regression", text: ["a"], labels: ["c"] })).toEqual([["a"], ["c"]]);
  expect(message(columns, { text: ["x"] })).toBe(
    "x.csv has no column 'x' (it has 'a', 'b', 'c'); add it, or name another with --text",
  );
  expect(message(columns, { label: "x" })).toMatch(/no column 'x' .* with --label$/);
  expect(message(columns, { labels: ["c", "x"], task: "multi-label" })).toMatch(/no column 'x' .* with --columns$/);
  expect(message(columns, { labels: ["b", "c"] })).toMatch(/a text has one class, not one in each of 'b', 'c'; name/);
  expect(message(columns, { text: ["a"], label: "a" })).toMatch(/column 'a' of x\.csv cannot be both text and/);
  expect(message(columns, { text: ["a", "b", "c"] })).toMatch(/--text names 3 columns; name one, or two of pairs/);
  expect(message(columns, { text: ["a", "a"] })).toMatch(/--text names 'a' twice/);
});

it("what may be meant by several is asked for, with the option", () => {
  expect(message({ title: words, body: words, label: ones })).toBe(
    "x.csv has several columns that may be the text ('body', 'title'); name one with --text, or two of pairs with --text a,b",
  );
  expect(message({ text: words, category: words, sentiment: words })).toBe(
    "x.csv has several columns that may be what is to be predicted ('category', 'sentiment'); name one with --label",
  );
  expect(message({ text: words, a: words, b: words })).toMatch(
    /that may be the classes \('a', 'b'\); name one with --label/,
  );
  expect(message({ text: words })).toMatch(/no column of classes besides the text \(it has 'text'\); add one/);
  expect(message({ x: ones, label: ones })).toMatch(/no column that holds text besides what is to be predicted/);
  expect(message({ text: words, a: words }, { task: "regression" })).toMatch(/no column of numbers .* with --label$/);
  expect(message({ text: words, a: words }, { task: "multi-label" })).toMatch(/no column of labels .* with --columns$/);
});

it("says so where the first row seems to be a sample", () => {
  const hint = /; if its first row is a sample \('(neg|5)' looks like one\), put a row with names of columns above it$/;
  expect(message({ "good film": words, neg: ["neg", "pos"] })).toMatch(hint);
  expect(message({ "good film": words, "bad film": words, "5": ["3", "4"] })).toMatch(hint);
  expect(message({ text: words, label: ones }, { text: ["body"] })).toMatch(/name another with --text$/);
  // What pandas calls columns that have no names.
  expect(message({ "0": words, "1": words, "2": ones })).not.toMatch(hint);
});
