import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyGraphNet } from "../../../../scripts/tiny-graph-net.js";
import { inputsOf } from "../files/model-inputs.js";
import { samplesKind } from "../files/samples-kind.js";
import { shown } from "../files/shown.js";
import type { Graph } from "./graph.js";
import type { GraphSource } from "./graph-source.js";
import { joined } from "./join.js";
import { scanGraphs, scanMolecules } from "./scan.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "taskhead-scan-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(root, name), text);
  return join(root, name);
}

const pairs = ({ rows }: GraphSource): [unknown, unknown][] => rows.map(({ sample, target }) => [sample, target]);

test("the column of SMILES is guessed from usual names, wherever it is, and cells are trimmed", async () => {
  const path = await file("bbbp.csv", "num,name,p_np,SMILES\n1,a,1,CCO \n2,b,0, c1ccccc1\n");
  const source = await scanMolecules(path, { task: "classification", label: "p_np" });
  expect(pairs(source)).toEqual([
    ["CCO", 1],
    ["c1ccccc1", 0],
  ]);
  expect(source.said).toBe(
    `reads molecules from column 'SMILES' and classes from column 'p_np' of ${shown(path)} (others are named with --smiles and --label)`,
  );
  for (const name of ["mol", "canonical_smiles", "Drug", "structure"]) {
    const other = await file("other.csv", `${name},label\nC,1\nCC,0\n`);
    expect((await scanMolecules(other, { task: "classification" })).column).toBe(name);
  }
});

test("several labels may be blank, and a row without a SMILES is told by its number", async () => {
  const path = await file("tox.csv", "smiles,NR-AR,SR-p53\nC,,1\n,0,0\nCC,1.0,\nCCC,2,0\n");
  const source = await scanMolecules(path, { task: "multi-label" });
  expect(source.outputs).toEqual(["NR-AR", "SR-p53"]);
  expect(pairs(source)).toEqual([
    ["C", [NaN, 1]],
    ["CC", [1, NaN]],
  ]);
  expect(source.refused).toEqual([
    { row: 3, reason: "'smiles' is empty" },
    { row: 5, reason: "'NR-AR' is '2', neither 1 nor 0 (or true, false, yes, no)" },
  ]);
});

test("another set is in the training set's terms, and numbers are numbers", async () => {
  const train = await scanMolecules(await file("a.csv", "smiles,label\nC,yes\nCC,no\nCCC,maybe\n"), {
    task: "classification",
  });
  const other = await scanMolecules(await file("b.csv", "label,smiles\nyes,O\n"), {
    task: "classification",
    like: train,
  });
  expect(pairs(other)).toEqual([["O", 2]]);
  const esol = await scanMolecules(await file("c.csv", "smiles,logS\nC,-0.77\nCC,-3.3\n"), { task: "regression" });
  expect(pairs(esol)[1]).toEqual(["CC", [-3.3]]);
});

test("a class that only rows name which are no molecules is none", async () => {
  const path = await file("odd.csv", "smiles,label\nC,1\nnot a molecule,2\nCC,3\nC(C,1\n,4\n");
  const source = await scanMolecules(path, { task: "classification" });
  expect(source.outputs).toEqual(["1", "3"]);
  expect(pairs(source)).toEqual([["C", 0], ["CC", 1], ["C(C", 0]]); // prettier-ignore
  expect(source.refused).toEqual([
    { row: 3, reason: "'not a molecule' is no valid SMILES" },
    { row: 6, reason: "'smiles' is empty" },
  ]);
  const other = await scanMolecules(path, { task: "classification", like: source });
  expect(other.outputs).toEqual(["1", "3"]);
  const single = await file("single.csv", "smiles,label\nC,1\nC(C,2\n");
  await expect(scanMolecules(single, { task: "classification" })).rejects.toThrow(/has only one class, '1'/);
});

test.each([
  ["id,label\n1,0\n", /has no column that is called as SMILES are \(it has 'id', 'label'\); name it with --smiles/],
  ["mol,drug,label\nC,C,0\n", /several columns that may be SMILES \('mol', 'drug'\); name one with --smiles/],
  ["smiles,label\nC,1\nCC,1\n", /has only one class, '1'; give molecules of at least two/],
  ["", /is empty; give a table/],
])("a table of no use is refused in one line: %j", async (text, message) => {
  const path = await file("bad.csv", text);
  await expect(scanMolecules(path, { task: "classification" })).rejects.toThrow(message);
});

test("a folder and a file of another kind are refused", async () => {
  await expect(scanMolecules(root, { task: "regression" })).rejects.toThrow(/is a folder; give a table of molecules/);
  await expect(scanMolecules(join(root, "no.csv"), { task: "regression" })).rejects.toThrow(/does not exist; give/);
  const csv = await file("g.csv", "x\n1\n");
  await expect(scanGraphs(csv, { task: "regression" })).rejects.toThrow(/give graphs as JSON, one a line/);
});

const square = {
  x: [[1], [2], [3], [4]],
  edge_index: [
    [0, 1, 2],
    [1, 2, 3],
  ],
  edge_attr: [[0.5], [1], [2]],
};

test("graphs come from JSON lines, whole numbers as such, and what is wrong with a line is told", async () => {
  const lines = [
    { ...square, y: "a" },
    { ...square, y: "b", edge_index: [[0], [4]], edge_attr: [[1]] },
    { ...square, edge_index: [[0, 1], [1]] },
    { ...square, x: [[1], [2, 3], [4], [5]] },
    { ...square, x: [] },
    { ...square, edge_attr: [[1]] },
    { x: [[1]] },
    { x: [["1"]], edge_index: [[], []] },
    { x: [[9], [8]], edge_index: [[], []], y: "b" },
    { ...square, y: null },
    { ...square, edge_index: [[0.5], [1]], edge_attr: [[1]] },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join("\n")}\n[1]\n{\n`;
  const source = await scanGraphs(await file("g.jsonl", text), { task: "classification" });
  expect(source.outputs).toEqual(["a", "b"]);
  expect(source.rows.map(({ row, target }) => [row, target])).toEqual([
    [1, 0],
    [9, 1],
  ]);
  expect(source.refused.map(({ row, reason }) => `${row}: ${reason}`)).toEqual([
    "2: edge_index names node 4, but nodes are 0 to 3",
    "3: edge_index has 2 sources, but 1 destinations",
    "4: x: row 1 has 2 numbers, and the first has 1",
    "5: x has no nodes",
    "6: edge_attr has 1 rows, but edge_index 3 edges",
    "7: edge_index is to be two lists of whole numbers: sources and destinations",
    "8: x is to list numbers, or a list of numbers for each",
    "10: 'y' is empty",
    "11: edge_index is to hold whole numbers",
    "12: it is not a JSON object",
    "13: it is not JSON",
  ]);
  const graphs = source.rows.map(({ sample }) => sample as Graph);
  const all = joined(graphs, { data: Int32Array.of(0, 1), shape: [] });
  expect(all.nodes).toEqual(Int32Array.of(1, 2, 3, 4, 9, 8));
  expect(all.edges).toEqual(Float32Array.of(0.5, 1, 2));
  expect([...all.nodeStarts, ...all.edgeStarts]).toEqual([0, 4, 6, 0, 3, 3]);
});

test("a list of numbers is a label each, unknown where it is null", async () => {
  const path = await file(
    "m.jsonl",
    `${JSON.stringify({ ...square, y: [[1, null]] })}\n${JSON.stringify({ ...square, y: [[0, 1]] })}\n`,
  );
  // A row of targets, as PyTorch Geometric has it.
  const source = await scanGraphs(path, { task: "multi-label" });
  expect(source.outputs).toEqual(["y[0]", "y[1]"]);
  expect(source.rows.map(({ target }) => target)).toEqual([
    [1, NaN],
    [0, 1],
  ]);
  await expect(scanGraphs(path, { task: "classification" })).rejects.toThrow(
    /y of .* lists 2 numbers, and a graph has one class/,
  );
});

test("a job is on molecules by the model's inputs or by --smiles, on graphs by the file's content", async () => {
  const net = join(root, "net.onnx");
  await writeFile(net, tinyGraphNet());
  expect(inputsOf(net).map(({ name }) => name)).toEqual(["x", "edge_index", "edge_attr", "batch", "node_counts"]);
  expect(inputsOf(join(root, "none.onnx"))).toEqual([]);
  const broken = await file("broken.onnx", "no model");
  const lines = await file("h.jsonl", JSON.stringify(square));
  const kind = (train: string, backbone: string, more: object = {}): string =>
    samplesKind({ train, backbone, ...more });
  expect(kind("m.csv", net)).toBe("molecules");
  expect(kind(lines, net)).toBe("graphs");
  expect(kind("m.jsonl", net)).toBe("molecules");
  expect(kind("m.csv", broken)).toBe("texts");
  expect(kind("m.csv", broken, { smiles: "smiles" })).toBe("molecules");
  expect(kind(lines, broken, { inputs: ["x=atoms"] })).toBe("graphs");
  expect(kind("photos", broken)).toBe("images");
});
