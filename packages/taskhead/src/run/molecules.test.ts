import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyGraphNet } from "../../../../scripts/tiny-graph-net.js";
import { evaluateCommand } from "../commands/evaluate.js";
import { inspect } from "../commands/inspect.js";
import { predictCommand } from "../commands/predict.js";
import type { Context } from "../commands/context.js";
import type { TuneResults } from "../report/index.js";
import { tune } from "./tune.js";

let root: string;
let results: TuneResults;
const said: string[] = [];
const at = (name: string): string => join(root, name);

/** Alcohols and amines of different sizes and rings. */
function molecules(from: number, count: number): string[] {
  const rings = ["", "c1ccccc1", "C1CCCC1", "c1ccncc1", "C1CCOCC1", "c1ccsc1", "C1CC1", "c1ccc2ccccc2c1"];
  return Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const ring = rings[n % rings.length]!;
    return `${ring}${"C".repeat(1 + Math.floor(n / rings.length))}${n % 3 === 0 ? "O" : "N"},${n % 3 === 0 ? "alcohol" : "amine"}`;
  });
}

function run(out: string, more: object = {}): Promise<TuneResults> {
  return tune({
    train: at("train.csv"),
    test: at("test.csv"),
    backbone: at("net.onnx"),
    out: at(out),
    cache: at("cache"),
    taus: [0, 16],
    epochs: 3,
    batch: 8,
    lr: 0.05,
    blends: false,
    threads: 1,
    onProgress: (event) => void (event.kind === "message" && said.push(event.text)),
    ...more,
  });
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-molecules-"));
  await writeFile(at("net.onnx"), tinyGraphNet());
  await writeFile(at("train.csv"), ["smiles,label", ...molecules(0, 48), "C1CC,amine", "OC,alcohol"].join("\n"));
  await writeFile(at("test.csv"), ["smiles,label", ...molecules(48, 16), "CO,alcohol"].join("\n"));
  results = await run("run");
});
afterAll(() => rm(root, { recursive: true, force: true }));

function listening(): [context: Context, printed: string[], told: string[]] {
  const [printed, told]: [string[], string[]] = [[], []];
  const context = {
    print: (text: string) => void printed.push(text),
    progress: {
      say: (text: string) => void told.push(text),
      task: () => ({ update: () => undefined, end: () => undefined }),
    },
    width: 100,
    commandLine: "taskhead",
  } as unknown as Context;
  return [context, printed, told];
}

test("a table of molecules and a graph network become a classifier, and all that was assumed is said", () => {
  expect(results.best!.testScore).toBeGreaterThan(0.6);
  expect(results.data).toMatchObject({ sample: "molecule", outputs: ["alcohol", "amine"], train: { skipped: 1 } });
  expect(results.options).toMatchObject({
    split: "scaffold",
    featuriser: "ogb",
    rdkit: expect.stringMatching(/^\d{4}\.\d\d\.\d$/),
  });
  const whole = said.join("\n");
  expect(whole).toContain("reads molecules from column 'smiles' and classes from column 'label'");
  expect(whole).toMatch(/warning: skipped .*train\.csv:50: 'C1CC' is no valid SMILES/);
  expect(whole).toMatch(
    /splits by scaffold: \d+ scaffolds of \d+ molecules to train on, \d+ others of \d+ to validate on/,
  );
  expect(whole).toMatch(
    /Molecules become graphs by RDKit [\d.]+: Open Graph Benchmark's 9 numbers an atom and 3 a bond \(ogb\)/,
  );
});

test("molecules that are written otherwise are the same", () => {
  // CO in the test set is OC, and that is the first row, which is CO as well.
  expect(results.data.duplicates!.repeated.length + results.data.duplicates!.across.length).toBeGreaterThan(0);
  expect(said.join("\n")).toMatch(/test\.csv:18 is .*train\.csv:2\b/);
});

test("the exported folder says what makes graphs of molecules, and the card how", async () => {
  const config = JSON.parse(await readFile(at("run/model/config.json"), "utf8")) as object;
  expect(config).toMatchObject({
    featuriser: { name: "ogb", versions: { rdkit: results.options["rdkit"] } },
    graph_inputs: {
      x: "x",
      edge_index: "edge_index",
      edge_attr: "edge_attr",
      batch: "batch",
      node_counts: "node_counts",
    },
  });
  const [context, printed] = listening();
  await inspect(at("run/model"), { json: false }, context);
  expect(printed[0]).toMatch(
    /graphs {4}x, edge_index, .*: molecules by ogb, .*; trained on what rdkit [\d.]+ made of them/,
  );
  const card = await readFile(at("run/model/README.md"), "utf8");
  expect(card).toContain("pipeline_tag: graph-ml");
  expect(card).toContain("library_name: onnx");
  expect(card).not.toContain("transformers");
  expect(card).toContain(`molecules become graphs by RDKit ${String(results.options["rdkit"])}`);
  expect(await readFile(at("run/report.html"), "utf8")).toMatch(
    /class="gallery drawn"><li><img src="data:image\/svg\+xml;base64,/,
  );
});

test("predict takes SMILES and tables, and evaluate scores as the run did", async () => {
  await writeFile(at("asked.csv"), "id,Drug\n1,CCCO\n2,\n3,C1CC\n");
  const [context, printed, told] = listening();
  const asked = predictCommand(
    at("run"),
    ["CCN", at("asked.csv"), "none.csv"],
    { csv: false, json: true, verbose: false, top: 1 },
    context,
  );
  await expect(asked).rejects.toThrow(/3 of 5 could not be answered, the first .*asked\.csv:3/);
  const { predictions } = JSON.parse(printed[0]!) as { predictions: { molecule: string }[] };
  expect(predictions.map(({ molecule }) => molecule)).toEqual(["CCN", "CCCO"]);
  expect(told.join("\n")).toMatch(/C1CC: it is no valid SMILES, in .*asked\.csv:4/);
  const [other, lines] = listening();
  await evaluateCommand(at("run"), at("test.csv"), { json: true, verbose: false }, other);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    score: results.best!.testScore,
    data: { sample: "molecule", count: 17 },
  });
});

test("a run's molecules are kept for the next, and random and scaffold are other runs", async () => {
  const before = said.length;
  const again = await run("random", { split: "random", taus: [1], epochs: 1 });
  expect(said.slice(before).join("\n")).not.toContain("splits by scaffold");
  expect(again.data.train.count + again.data.validation.count).toBe(
    results.data.train.count + results.data.validation.count,
  );
  await expect(run("run", { split: "random" })).rejects.toThrow(/--?split|split/);
});

test("what does not fit is refused in one line", async () => {
  await writeFile(at("wide.onnx"), tinyGraphNet([74, 12]));
  await expect(run("wide", { backbone: at("wide.onnx") })).rejects.toThrow(
    /the model takes 74 numbers of each atom and 12 of each bond, and molecules become 9 and 3 \(ogb\) or 2 and 2 \(hu2020\)/,
  );
  await expect(run("sized", { size: 32 })).rejects.toThrow(/size is for images, and these samples are molecules/);
  await expect(run("named", { inputs: ["y=atoms"] })).rejects.toThrow(
    /inputs wants what an input is for and its name, such as x=atoms/,
  );
});

test("graphs of JSON lines go the same way", async () => {
  const line = (n: number): string => {
    const size = 3 + (n % 5);
    const ring = Array.from({ length: size }, (_, i) => i);
    const label = n % 2;
    return JSON.stringify({
      x: ring.map((i) => [label === 0 ? (i + n) % 7 : 20 + ((i + n) % 7), ...Array<number>(8).fill(0)]),
      edge_index: [ring, ring.map((i) => (i + 1) % size)],
      edge_attr: ring.map(() => [n % 4, 0, 0]),
      y: label,
    });
  };
  const lines = (from: number, count: number): string =>
    Array.from({ length: count }, (_, i) => line(from + i)).join("\n");
  await writeFile(at("train.jsonl"), lines(0, 40));
  await writeFile(at("test.jsonl"), `${lines(40, 12)}\n{"x":[[1]]}`);
  const own = await run("graphs", { train: at("train.jsonl"), test: at("test.jsonl") });
  expect(own.data).toMatchObject({ sample: "graph", outputs: ["0", "1"], test: { count: 12, skipped: 1 } });
  expect(own.best!.testScore).toBeGreaterThan(0.8);
  const [context, printed] = listening();
  await evaluateCommand(at("graphs"), at("test.jsonl"), { json: true, verbose: false }, context);
  expect(JSON.parse(printed[0]!)).toMatchObject({ score: own.best!.testScore });
  await writeFile(at("wide.jsonl"), '{"x":[[1,2]],"edge_index":[[],[]],"edge_attr":[]}');
  const asked = predictCommand(at("graphs"), [at("wide.jsonl")], { csv: true, json: false, verbose: false }, context);
  await expect(asked).rejects.toThrow("the model's 'x' takes 9 numbers of each node, and these graphs have 2");
  await expect(run("no", { train: at("train.jsonl"), split: "scaffold" })).rejects.toThrow(
    /split is for molecules, and these samples are graphs/,
  );
});
