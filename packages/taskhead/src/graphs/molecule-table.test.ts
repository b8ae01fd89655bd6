import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTable } from "../data/tables/table.js";
import { readMoleculeTable } from "./molecule-table.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "taskhead-molecules-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

async function read(content: string) {
  const path = join(dir, "m.csv");
  await writeFile(path, content);
  return readMoleculeTable(await openTable(path), { task: "classification" });
}

it("a molecule's class that looks like a missing value is told with its row", async () => {
  const { notes, outputs } = await read("smiles|toxic\nC|yes\nCC|null\nCCC|no\n");
  expect(outputs).toEqual(["no", "null", "yes"]);
  expect(notes).toEqual([
    expect.stringMatching(/^class 'null' of 1 molecule in .*m\.csv \(.*m\.csv:3\) looks like a missing value/),
  ]);
});

it("molecules without names of columns are refused with what their first row seems to be", async () => {
  await expect(read("C,yes\nCC,no\nCCC,yes\n")).rejects.toThrow(
    /no column that is called as SMILES are .*; if its first row is a sample \('yes' looks like one\), put a row/,
  );
});
