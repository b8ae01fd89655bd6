import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { optionsFrom, parseOptions, type TuneOptions } from "../options/options.js";
import { parseSweep } from "../sweep/read-options.js";
import { readForSome, withTask } from "./guess-task.js";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "taskhead-guess-"));
  return () => rmSync(root, { recursive: true });
});

/** Files of a folder of its own. @returns the path of one of them, or of the folder */
function written(files: Readonly<Record<string, string>>, name = ""): string {
  const folder = mkdtempSync(join(root, "data-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return join(folder, name);
}

/** A table of texts with a value each, in this column. */
function table(column: string, values: readonly unknown[]): string {
  const rows = values.map((value, i) => `text ${i},${String(value)}`);
  return written({ "x.csv": `${[`text,${column}`, ...rows].join("\n")}\n` }, "x.csv");
}

type Given = Readonly<Record<string, unknown>>;

/** As a command line reads options. */
function guess(train: string, given: Given = {}): Promise<{ options: TuneOptions; said?: string }> {
  const all: Given = { backbone: "m.onnx", out: join(root, "none"), ...given };
  return withTask(
    all,
    (own) => parseOptions(train, own),
    (own) => own,
  );
}

/** The task, and what is said of it with the folder left out. */
async function told(train: string, given: Given = {}): Promise<[task: string, said?: string]> {
  const { options, said } = await guess(train, given);
  return said === undefined ? [options.task] : [options.task, said.replace(/\S*\/data-\w+\//, "")];
}

const ages = Array.from({ length: 1000 }, (_, i) => 18 + ((i * 3) % 70));
const digits = Array.from({ length: 100 }, (_, i) => i % 10);
const names = ["good", "bad", "fine", "good"];

describe("where nobody says the task, the samples do:", () => {
  test("ages are numbers, and so are fractions; it is said how they become classes", async () => {
    expect(await told(table("age", ages))).toEqual([
      "regression",
      "'age' of x.csv holds many different whole numbers: regression; --task classification makes classes of them",
    ]);
    const [task, said] = await told(table("label", ["1", "2", "2.5", "1"]));
    expect([task, said]).toEqual(["regression", expect.stringContaining("holds numbers with fractions")]);
  });

  test("digits are classes, which is said; of names nothing is said", async () => {
    expect(await told(table("digit", digits))).toEqual([
      "classification",
      "'digit' of x.csv holds whole numbers that may stand for classes: classification; --task regression learns them as numbers",
    ]);
    expect(await told(table("label", names))).toEqual(["classification"]);
    expect(await told(table("label", ["yes", "no", "yes", "no"]))).toEqual(["classification"]);
  });

  test("labels in several columns, and in lists, are several labels", async () => {
    const several = "text,loud,rude\na,yes,no\nb,no,no\nc,yes,yes\n";
    const path = written({ "x.csv": several }, "x.csv");
    const said = "'loud', 'rude' of x.csv are labels, each yes or no: multi-label; --label names one column alone";
    expect(await told(path)).toEqual(["multi-label", said]);
    expect(await told(path, { columns: "loud,rude" })).toEqual(["multi-label", said]);
    expect(await told(path, { label: "rude" })).toEqual(["classification"]);
    // Columns of labels that an option names.
    expect(await told(path, { labels: "loud,rude" })).toEqual(["multi-label"]);
    expect((await told(table("topics", ["a|b", "b", "a"])))[0]).toBe("multi-label");
  });

  test("classes of folders, though a file beside them says other things, unless it is asked", async () => {
    const files = {
      "cat/1.png": "",
      "dog/2.png": "",
      "metadata.csv": "file_name,weight\ncat/1.png,1.5\ndog/2.png,2\n",
    };
    const folder = written(files);
    expect(await told(folder)).toEqual(["classification"]);
    const said = "'weight' of metadata.csv holds numbers with fractions: regression; --task classification makes classes of them"; // prettier-ignore
    expect(await told(folder, { label: "weight" })).toEqual(["regression", said]);
    expect(await told(folder, { labels: join(folder, "metadata.csv") })).toEqual(["regression", said]);
    expect(await told(written({ "1.png": "", "metadata.csv": "file_name,weight\n1.png,1.5\n" }))).toEqual([
      "regression",
      said,
    ]);
    expect(await told(written({ "good/1.txt": "a", "bad/2.txt": "b" }), { task: undefined })).toEqual([
      "classification",
    ]);
  });

  test("molecules and graphs", async () => {
    const molecules = written({ "x.csv": "smiles,solubility\nCO,-0.5\nCCO,-1.25\n" }, "x.csv");
    expect((await told(molecules, { smiles: "smiles" }))[0]).toBe("regression");
    const line = (y: unknown): string => JSON.stringify({ x: [1, 2], edge_index: [[0], [1]], y });
    const graphs = written({ "x.jsonl": `${[1.5, 2, 2.25].map(line).join("\n")}\n` }, "x.jsonl");
    expect((await told(graphs, { inputs: "x=nodes" }))[0]).toBe("regression");
  });

  test("words with tags", async () => {
    const lists = `${JSON.stringify({ tokens: ["a", "b"], ner_tags: ["O", "B-X"] })}\n`;
    expect((await told(written({ "x.jsonl": lists }, "x.jsonl")))[0]).toBe("token-classification");
    expect(await told(written({ "x.conll": "a O\nb B-X\n" }, "x.conll"))).toEqual(["token-classification"]);
  });
});

test("what is typed wins, and what cannot be read is said where it is", async () => {
  expect(await told(table("age", ages), { task: "classification" })).toEqual(["classification"]);
  expect(await told(table("label", names), { task: "regression" })).toEqual(["regression"]);
  expect(await told(join(root, "nowhere.csv"))).toEqual(["classification"]);
  await expect(guess(join(root, "nowhere.csv"), { huber: "1" })).rejects.toThrow(/--huber/);
});

test("a run that goes on keeps its task, whatever its table would be taken for by now", async () => {
  const train = table("age", ages);
  const begun = (task: unknown): string =>
    written({ "run.json": JSON.stringify({ configuration: { "--threads": 1, "--task": task } }) });
  expect(await told(train, { out: begun("classification") })).toEqual(["classification"]);
  const out = begun("multi-label");
  expect((await guess(train, { out })).said).toBe(`goes on with --task multi-label, as the run in ${out} began`);
  expect((await guess(train, { out })).options.task).toBe("multi-label");
  expect(await told(train, { out, task: "regression" })).toEqual(["regression"]);
  expect((await told(train, { out: begun("no task") }))[0]).toBe("regression");
  expect((await told(train, { out: begun(null) }))[0]).toBe("regression");
});

test("options that are for a task alone are checked against that of the samples, which the refusal tells", async () => {
  expect((await guess(table("age", ages), { huber: "1.5" })).options).toMatchObject({ task: "regression", huber: 1.5 });
  await expect(guess(table("label", names), { huber: "1.5" })).rejects.toThrow(/^--huber [^(]*$/);
  await expect(guess(table("digit", digits), { huber: "1.5" })).rejects.toThrow(
    /^--huber .* \('digit' of .*x\.csv holds whole numbers .*; --task regression learns them as numbers\)$/,
  );
  await expect(guess(table("age", ages), { metric: "accuracy" })).rejects.toThrow(
    /^--metric .* \('age' of .*: regression; --task classification makes classes of them\)$/,
  );
});

test("a job that goes on from another run is not guessed, nor are its options read for other tasks", async () => {
  const results = { options: { task: "classification" }, best: {} };
  const from = written({ "results.json": JSON.stringify(results) });
  const read = { from, backbone: undefined };
  expect(await told(table("age", ages), read)).toEqual(["classification"]);
  await expect(guess(table("age", ages), { ...read, huber: "1" })).rejects.toThrow(/^--huber [^(]*$/);
});

test("before samples are looked at, options are good if they are for one of the tasks", () => {
  const read = (given: Given): TuneOptions => {
    const all: Given = { backbone: "m.onnx", ...given };
    return readForSome(all, (own) => parseOptions("hf:org/data", own));
  };
  expect(read({ huber: "1" }).task).toBe("regression");
  expect(read({ reinitDecoder: true }).task).toBe("segmentation");
  expect(() => read({ huber: "-1" })).toThrow(/^--huber wants a number above 0/);
  expect(() => read({ huber: "1", task: "classification" })).toThrow(/--huber/);
  expect(() => read({ huber: "1", metric: "accuracy" })).toThrow(/--huber|--metric/);
});

test("sweeps and programs have it likewise, all trials of a sweep alike", async () => {
  const train = table("age", ages);
  const given = { backbone: "m.onnx", method: "hp-ft,lora", taus: "0,1" } as Given;
  const sweep = await withTask(
    given,
    (own) => parseSweep(train, own),
    ({ groups }) => groups[0]!,
  );
  expect(sweep.options.groups.map(({ task }) => task)).toEqual(["regression", "regression"]);
  expect(sweep.said).toContain("holds many different whole numbers");
  const input = { train, backbone: "m.onnx", out: join(root, "none"), huber: 2 };
  const program = await withTask(input, optionsFrom, (own) => own);
  expect(program.options).toMatchObject({ task: "regression", huber: 2 });
});
