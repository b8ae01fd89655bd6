import { expect, it } from "vitest";
import type { Cell, Row, Table } from "../data/tables/rows.js";
import type { GuessedTask } from "../data/tables/usual-task.js";
import { taskOfTable, type TextTask } from "./task-of-table.js";
import type { AskedColumns } from "./text-columns.js";

/** A table with these cells, a column each. */
async function guessOf(
  columns: Record<string, readonly Cell[]>,
  asked: Omit<AskedColumns, "task"> = {},
): Promise<GuessedTask<TextTask>> {
  const names = Object.keys(columns);
  const all = columns[names[0]!]!.map((_, i): Row => ({
    row: i + 2,
    cells: new Map(names.map((name) => [name, columns[name]![i]!])),
  }));
  const table: Table = {
    path: "x.csv",
    columns: names,
    classNames: new Map([["named", ["a", "b", "c"]]]),
    notes: [],
    async *rows() {
      yield* all;
    },
  };
  return taskOfTable(table, asked);
}

const taskOf = async (...given: Parameters<typeof guessOf>): Promise<string> => (await guessOf(...given)).task;

const text = ["a b", "c d", "e f"];
const many = Array.from({ length: 30 }, (_, i) => `${i * 7}`);
const texts = many.map((n) => `text ${n}`);
/** Thirty numbers from 0 on, each twice. */
const counted = Array.from({ length: 60 }, (_, i) => i % 30);
const often = counted.map((n) => `text ${n}`);

it.each<[string, Record<string, readonly Cell[]>]>([
  ["classification", { text, label: ["good", "bad", "good"] }],
  ["classification", { text, label: ["1", "0", "2"] }],
  ["classification", { text, stars: ["1.0", "5.0", ""] }],
  ["classification", { text: texts, label: many.map((_, i) => `${i % 3}`) }],
  ["classification", { text, kind: ["a", "b", "1.5"] }],
  ["regression", { text, label: ["1", "0.5", "nan"] }],
  ["regression", { sentence1: text, sentence2: text, score: ["3.8", "5", "0"] }],
  ["regression", { text: texts, price: many }],
  ["multi-label", { text, topics: ["a|b", "b", ""] }],
  ["multi-label", { text, topics: [["a", "b"], ["b"], []] }],
  ["classification", { text: often, label: counted.map((n) => `${n}`) }],
  ["regression", { text: often, age: counted.map((n) => `${n + 18}`) }],
  ["regression", { text: often, price: counted.map((n) => `${n * n}`) }],
  ["classification", { text: often, named: counted.map((n) => `${n * n}`) }],
  ["regression", { text, label: ["0.5", "1.5", "2"], score: ["1", "2.5", "4"] }],
  ["token-classification", { tokens: [["a", "b"], ["c"]], ner_tags: [["0", "1"], ["0"]] }],
  ["multi-label", { text, toxic: ["1", "0", "0"], insult: ["", "yes", "no"] }],
])("%s is what %j says", async (task, columns) => expect(await taskOf(columns)).toBe(task));

it.each<[string, Record<string, readonly Cell[]>, string | undefined]>([
  ["names", { text, label: ["good", "bad", "good"] }, undefined],
  ["two numbers", { text, label: ["0", "1", "1"] }, undefined],
  ["numbers with names", { text, named: ["0", "1", "2"] }, undefined],
  [
    "a few numbers",
    { text, stars: ["1", "5", "3"] },
    "'stars' of x.csv holds whole numbers that may stand for classes: classification; --task regression learns them as numbers",
  ],
  [
    "fractions",
    { text, label: ["1", "0.5", "nan"] },
    "'label' of x.csv holds numbers with fractions: regression; --task classification makes classes of them",
  ],
  [
    "fractions in the column that numbers are read from",
    { text, label: ["1.5", "0.5", "1"], score: ["1", "2.5", "4"] },
    "'score' of x.csv holds numbers with fractions: regression; --task classification makes classes of them",
  ],
  [
    "many numbers",
    { text: texts, price: many },
    "'price' of x.csv holds many different whole numbers: regression; --task classification makes classes of them",
  ],
  [
    "lists",
    { text, topics: ["a|b", "b", ""] },
    "'topics' of x.csv lists labels: multi-label; --task classification makes a class of each list",
  ],
  [
    "answers",
    { text, toxic: ["1", "0", "0"], insult: ["", "yes", "no"] },
    "'toxic', 'insult' of x.csv are labels, each yes or no: multi-label; --label names one column alone",
  ],
  [
    "tags",
    { tokens: [["a", "b"], ["c"]], ner_tags: [["0", "1"], ["0"]] },
    "'tokens' and 'ner_tags' of x.csv list words and their tags: token-classification; --text and --label name other columns",
  ],
  [
    "tags of which one is missing",
    { tokens: [["a", "b"], ["c"], ["d"]], ner_tags: [["0"], ["0"], ["1"]] },
    "'tokens' and 'ner_tags' of x.csv list words and their tags: token-classification; --text and --label name other columns",
  ],
])("of %s it is said what they are taken for, where they may be something else", async (_, columns, said) =>
  expect((await guessOf(columns)).said).toBe(said),
);

it("what is asked for counts, and what cannot be guessed is asked for elsewhere", async () => {
  const columns = { text, a: ["x", "y", "x"], b: ["1.5", "2", "3"], c: ["0.1", "7", "9"], d: ["1", "0", "1"] };
  expect(await taskOf(columns)).toBe("classification");
  expect(await taskOf(columns, { label: "b" })).toBe("regression");
  expect(await taskOf(columns, { labels: ["b", "c"] })).toBe("regression");
  expect(await taskOf(columns, { labels: ["b", "d"] })).toBe("multi-label");
  expect(await taskOf(columns, { label: "none" })).toBe("classification");
});
