import { expect, test } from "vitest";
import type { TextFile } from "../../data/text-file.js";
import { conllColumns, looksTagged } from "./conll.js";

function file(content: string): TextFile {
  return {
    path: "a.tsv",
    async *pieces() {
      yield new TextEncoder().encode(content);
    },
  };
}

test("columns are called by the header, or by their numbers", async () => {
  expect(await conllColumns(file("# from=a\n\ntoken\tpos\tner\nAnn\tN\tB-PER\n"))).toEqual({
    columns: ["token", "pos", "ner"],
    words: "token",
    tags: "ner",
  });
  const three = file("-DOCSTART- -X- O\n\nAnn N B-PER\nruns V O\n");
  expect(await conllColumns(three)).toEqual({ columns: ["1", "2", "3"], words: "1", tags: "3" });
  expect(await conllColumns(three, { text: ["2"], label: "1" })).toMatchObject({ words: "2", tags: "1" });
  expect(await conllColumns(file("\n\n"))).toBeUndefined();
  await expect(conllColumns(file("Ann\n"))).rejects.toThrow("a.tsv has one column ('Ann')");
});

test.each([
  ["Ann\tB-PER\nruns\tO\n\nBob\tB-PER\n", true],
  ["-DOCSTART- -X- O\n\nAnn N B-PER\nruns V O\n", true],
  ["token\tner\nAnn\tB-PER\nruns\tO\n", true],
  ["text\tlabel\nAnn runs\tgood\nBob sat\tbad\n", false],
  ["text\tlabel\n", false],
  ["Ann runs home\nto O\n", false],
  ["one line\n", false],
  ["", false],
])("whether words and tags are in %j: %s", async (content, is) => expect(await looksTagged(file(content))).toBe(is));
