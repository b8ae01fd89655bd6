import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, test } from "vitest";
import { openTable } from "../../data/tables/table.js";
import type { Graph } from "../graph.js";
import { drawn } from "./draw.js";
import { readMolecule, refusalOf, type Molecule } from "./molecule.js";
import { loadRdkit, rdkitVersion } from "./load-rdkit.js";
import { startRdkit, type Rdkit } from "./rdkit.js";

/** By Python's rdkit. */
const reference = JSON.parse(readFileSync(new URL("./molecules.json", import.meta.url), "utf8")) as {
  rdkit: string;
  molecules: { smiles: string; graph: string | null }[];
  scaffolds: [smiles: string, canonical: string, scaffold: string][];
  files: Record<string, { rows: number; refused: number; sha256: string }>;
};
const shared = fileURLToPath(new URL("../../../../../../shared/data/molecules", import.meta.url));

let rdkit: Rdkit;
beforeAll(async () => {
  rdkit = await loadRdkit();
});

const read = (smiles: string, scaffolds = false): Molecule =>
  readMolecule(rdkit, smiles, { featuriser: "ogb", scaffolds });

const rows = (values: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, i) => Array.from(values).slice(i * width, (i + 1) * width));

const json = ({ nodes, nodeWidth, sources, destinations, edges, edgeWidth }: Graph): string =>
  JSON.stringify([rows(nodes, nodeWidth), [[...sources], [...destinations]], rows(edges!, edgeWidth)]);

/** As the reference has it: null of what is refused. */
function graphOf(smiles: string): string | null {
  try {
    return json(read(smiles).graph);
  } catch (error) {
    expect((error as Error).message).toMatch(/^(is no valid SMILES|has no atoms)$/);
    return null;
  }
}

test("RDKit is of the reference's release", () => {
  expect(rdkit.release).toBe(reference.rdkit);
  expect(rdkitVersion()).toBe(reference.rdkit.replace(".0", "."));
});

test("where RDKit is missing, a line says what to install", async () => {
  const missing = () => Promise.reject(new Error("Cannot find package '@rdkit/rdkit'\nRequire stack:"));
  await expect(startRdkit(missing)).rejects.toThrow(
    /^molecules are read by @rdkit\/rdkit, which cannot be loaded \(Cannot find package '@rdkit\/rdkit'\); install it beside taskhead: npm install @rdkit\/rdkit$/,
  );
});

test.each(reference.molecules)("$smiles is the reference's graph, atom by atom", ({ smiles, graph }) =>
  expect(graphOf(smiles)).toBe(graph),
);

test("molecules that would exhaust RDKit are refused, and what follows is read", () => {
  const refusal = (smiles: string): string | undefined => refusalOf(rdkit, smiles);
  expect(refusal("C".repeat(900))).toBe("has 900 atoms, more than the 500 that are read");
  expect(refusal(`${"C(".repeat(800)}C${")".repeat(800)}`)).toMatch(/^has 801 atoms/);
  expect(refusal("CCO".repeat(166))).toBeUndefined();
  // Brackets are one atom each, and what stands behind a space is a name.
  expect(refusal(`${"[13CH2]".repeat(300)} ${"C".repeat(900)}`)).toBeUndefined();
  expect(graphOf("CCO")).not.toBeNull();
});

test("letters that only look like atoms are refused", () => {
  expect(graphOf("\u0421CO")).toBeNull();
  expect(graphOf("C\u0421O")).toBeNull();
  expect(graphOf("CCO")).not.toBeNull();
});

test.each(reference.scaffolds)("the scaffold of %s", (smiles, canonical, scaffold) =>
  expect(read(smiles, true)).toMatchObject({ canonical, scaffold }),
);

test("what is no SMILES is refused, whatever else RDKit reads", () => {
  for (const text of ["C1CC", '{"rdkitjson":{"version":12}}', "C\nC", "XYZ"])
    expect(() => read(text)).toThrow("is no valid SMILES");
  expect(() => read("")).toThrow("has no atoms");
  expect(() => read("C".repeat(10_001))).toThrow("has 10,001 characters, more than 10,000");
  expect(json(read("CC O").graph)).toBe(json(read("CC").graph));
});

test("Hu et al.'s features are columns of OGB's", () => {
  const { graph } = readMolecule(rdkit, "C[C@H](F)C#N", { featuriser: "hu2020", scaffolds: false });
  expect(rows(graph.nodes, 2)).toEqual([
    [5, 0],
    [5, 2],
    [8, 0],
    [5, 0],
    [6, 0],
  ]);
  expect(rows(graph.edges!, 2).map(([type]) => type)).toEqual([0, 0, 0, 0, 0, 0, 2, 2]);
});

test("drawings are paths alone, whatever a SMILES says", () => {
  const uri = drawn(rdkit, "CC(=O)O |$<script>;&;'\"><b;$|")!;
  const svg = Buffer.from(uri.replace("data:image/svg+xml;base64,", ""), "base64").toString();
  expect(svg.replaceAll(/<path d="[^"<>]+" fill="(#[\dA-F]{6}|none)"( stroke[a-z-]*="[#\w.,]+")*\/>/g, "")).toBe(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 260 260"><rect width="260" height="260" fill="#fff"/></svg>',
  );
  expect(svg.match(/<path/g)!.length).toBeGreaterThan(5);
  expect(drawn(rdkit, "C1CC")).toBeNull();
});

describe.skipIf(!existsSync(shared))("data sets beside the project (skipped where ../shared is not there)", () => {
  // All of them take a minute: npm run check:molecules.
  it.each(["bbbp/refused.csv", "tox21/refused.csv", "esol/test.csv"])("%s is the reference's", async (file) => {
    const { rows: count, refused, sha256 } = reference.files[file]!;
    const table = await openTable(`${shared}/${file}`);
    const graphs: (string | null)[] = [];
    for await (const { cells } of table.rows(() => undefined)) graphs.push(graphOf(String(cells.get("smiles")).trim()));
    expect([graphs.length, graphs.filter((one) => one === null).length]).toEqual([count, refused]);
    expect(createHash("sha256").update(graphs.map(String).join("\n")).digest("hex")).toBe(sha256);
  });
});
