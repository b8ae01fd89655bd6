import { expect, it } from "vitest";
import type { Cell, Row, Table } from "../data/tables/rows.js";
import { taskOfTable } from "./task-of-table.js";
import type { AskedColumns } from "./text-columns.js";

/** A table with these cells, a column each. */
function taskOf(columns: Record<string, readonly Cell[]>, asked: Omit<AskedColumns, "task"> = {}): Promise<string> {
  const names = Object.keys(columns);
  const all = columns[names[0]!]!.map((_, i): Row => ({
    row: i + 2,
    cells: new Map(names.map((name) => [name, columns[name]![i]!])),
  }));
  const table: Table = {
    path: "x.csv",
    columns: names,
    classNames: new Map(),
    notes: [],
    async *rows() {
      yield* all;
    },
  };
  return taskOfTable(table, asked);
}

const text = ["a b", "c d", "e f"];
const many = Array.from({ length: 30 }, (_, i) => `${i * 7}`);
const texts = many.map((n) => `text ${n}`);

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
  ["token-classification", { tokens: [["a", "b"], ["c"]], ner_tags: [["0", "1"], ["0"]] }],
  ["multi-label", { text, toxic: ["1", "0", "0"], insult: ["", "yes", "no"] }],
])("%s is what %j says", async (task, columns) => expect(await taskOf(columns)).toBe(task));

it("what is asked for counts, and what cannot be guessed is asked for elsewhere", async () => {
  const columns = { text, a: ["x", "y", "x"], b: ["1.5", "2", "3"], c: ["0.1", "7", "9"], d: ["1", "0", "1"] };
  expect(await taskOf(columns)).toBe("classification");
  expect(await taskOf(columns, { label: "b" })).toBe("regression");
  expect(await taskOf(columns, { labels: ["b", "c"] })).toBe("regression");
  expect(await taskOf(columns, { labels: ["b", "d"] })).toBe("multi-label");
  expect(await taskOf(columns, { label: "none" })).toBe("classification");
});
