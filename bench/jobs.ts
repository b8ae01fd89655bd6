import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { openTokenizer } from "@taskhead/core";
import { random, shuffle } from "@taskhead/core/internals";
import { moleculeGraphs } from "./molecules.js";
import type { DataFolder } from "./smaller.js";

/** A whole job: data, backbone, and what the command cannot know. */
export interface JobTask {
  readonly train: string;
  readonly test: string;
  readonly backbone: string;
  readonly options: readonly string[];
}

const images = (task: string): JobTask => ({
  train: `data/${task}/train`,
  test: `data/${task}/test`,
  backbone: "tiny-darknet.onnx",
  options: ["--size", "64", "--mean", "0,0,0", "--std", "1,1,1"],
});

/** The whole jobs. */
export const jobs = {
  cifar10: images("cifar10"),
  "sign-digits": images("sign-digits"),
  banking77: { train: "train.csv", test: "test.csv", backbone: "minilm-l6", options: [] },
  bbbp: {
    train: "train.csv",
    test: "test.csv",
    backbone: "gin-chem.onnx",
    options: ["--smiles", "smiles", "--label", "label", "--split", "scaffold", "--metric", "roc-auc"],
  },
} as const satisfies Record<string, JobTask>;

export type JobName = keyof typeof jobs;

/** Where PyTorch finds texts as numbers of tokens, and molecules as graphs: it is spared making them. */
const inputsFile = "inputs.json";

/** A row of a table. */
type Row = Readonly<Record<string, string>>;

/** A folder with the data and models of a job. */
export async function withJob(shared: string, task: JobName): Promise<DataFolder> {
  const folder = mkdtempSync(join(tmpdir(), "taskhead-job-"));
  symlinkSync(resolve(shared, "models"), join(folder, "models"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  if (task === "cifar10" || task === "sign-digits") {
    mkdirSync(join(folder, "data"));
    symlinkSync(resolve(shared, "data", task), join(folder, "data", task));
    return { folder, remove };
  }
  const read = (set: string): Row[] => {
    const path = join(shared, "data", task === "bbbp" ? "molecules/bbbp" : task, `${set}.csv`);
    return parse(readFileSync(path, "utf8"), { columns: true, bom: true }) as Row[];
  };
  const label = (row: Row): string => row["label"] ?? row["category"]!;
  // Two thousand rows of the texts, as most users' sets are small.
  const train = task === "banking77" ? shuffle(read("train"), random(0, "rows")).slice(0, 2000) : read("train");
  const known = new Set(train.map(label));
  const sets = { train, test: read("test").filter((row) => known.has(label(row))) };
  const numbers = new Map([...known].toSorted().map((name, i) => [name, i]));
  const inputs: Record<string, object> = {};
  for (const [set, rows] of Object.entries(sets)) {
    const text = task === "bbbp" ? "smiles" : "text";
    const cell = (value: string): string => `"${value.replaceAll('"', '""')}"`;
    const lines = rows.map((row) => `${cell(row[text]!)},${cell(label(row))}`);
    writeFileSync(join(folder, `${set}.csv`), [`${text},label`, ...lines, ""].join("\n"));
    const samples = task === "bbbp" ? await moleculeGraphs(rows) : await tokens(shared, rows);
    inputs[set] = { samples, labels: rows.map((row) => numbers.get(label(row))) };
  }
  writeFileSync(join(folder, inputsFile), JSON.stringify(inputs));
  return { folder, remove };
}

async function tokens(shared: string, rows: readonly Row[]): Promise<readonly (readonly number[])[]> {
  const file = (name: string): object =>
    JSON.parse(readFileSync(join(shared, "models", jobs.banking77.backbone, name), "utf8")) as object;
  const names = ["tokenizer.json", "tokenizer_config.json", "config.json"];
  const tokenizer = await openTokenizer(Object.fromEntries(names.map((name) => [name, file(name)])));
  return rows.map((row) => tokenizer.encode(row["text"]!).ids);
}
