import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { taskOfImages } from "../../../taskhead/src/images/task-of-images.js";
import { taskOfTexts } from "../../../taskhead/src/text/task-of-texts.js";
import { whatIsIn } from "./given.js";

const rows = (column: string, values: readonly unknown[]): string =>
  ["text," + column, ...values.map((value, i) => `text ${i},${String(value)}`)].join("\n");

/** Files by their paths, and the task. */
const cases: [task: string, files: Record<string, string>][] = [
  [
    "regression",
    {
      "x/train.csv": rows(
        "age",
        Array.from({ length: 700 }, (_, i) => 18 + (i % 70)),
      ),
    },
  ],
  [
    "classification",
    {
      "x/train.csv": rows(
        "digit",
        Array.from({ length: 100 }, (_, i) => i % 10),
      ),
    },
  ],
  ["classification", { "x/train.csv": rows("label", ["neck; shoulder", "arm", "arm"]) }],
  ["multi-label", { "x/train.csv": rows("topics", ["a|b", "b", "c"]) }],
  ["multi-label", { "x/train.csv": "text,loud,rude\na,yes,no\nb,no,no\n" }],
  ["token-classification", { "x/train.jsonl": '{"tokens":["a"],"ner_tags":["O"]}\n' }],
  ["regression", { "x/metadata.csv": "file_name,weight\n1.png,1.5\n2.png,2\n", "x/1.png": "1", "x/2.png": "2" }],
  ["multi-label", { "x/metadata.csv": "file_name,tags\n1.png,a|b\n2.png,b\n", "x/1.png": "1", "x/2.png": "2" }],
];

test.each(cases)("the tab and the command take %j of %j", async (task, files) => {
  const root = mkdtempSync(join(tmpdir(), "taskhead-same-guess-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    const given = await whatIsIn(Object.entries(files).map(([path, content]) => ({ path, file: new Blob([content]) })));
    expect(given).toMatchObject({ sheet: { task } });
    const guess = "x/metadata.csv" in files ? taskOfImages : taskOfTexts;
    expect((await guess(join(root, "x"), {})).task).toBe(task);
  } finally {
    rmSync(root, { recursive: true });
  }
});
