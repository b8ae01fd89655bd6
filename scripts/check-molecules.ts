/**
 * Compares the graphs of all molecules of the data sets beside the project with those that Python's rdkit makes of them, atom by
 * atom, and reads molecules until memory would tell if they were not freed.
 *
 *     npm run check:molecules [-- SHARED_FOLDER [MOLECULES]]
 *
 * Exits non-zero if a graph differs, or memory grows by more than 64 MB from the first tenth of the molecules to the last.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "#taskhead/graphs/graph.js";
import { readMolecule, type Making } from "#taskhead/graphs/chemistry/molecule.js";
import { loadRdkit } from "#taskhead/graphs/chemistry/load-rdkit.js";
import { parse } from "csv-parse/sync";
import { inRepository } from "./paths.js";

const shared = process.argv[2] ?? inRepository("../shared");
const many = Number(process.argv[3] ?? 100_000);
const making: Making = { featuriser: "ogb", scaffolds: false };

interface Reference {
  rdkit: string;
  files: Record<string, { rows: number; refused: number; sha256: string }>;
}

const reference = JSON.parse(
  readFileSync(inRepository("packages/taskhead/src/graphs/chemistry/molecules.json"), "utf8"),
) as Reference;
const rdkit = await loadRdkit();
console.log(`RDKit ${rdkit.release}, the reference by ${reference.rdkit}`);

function graphOf(smiles: string): Graph | null {
  try {
    return readMolecule(rdkit, smiles, making).graph;
  } catch {
    return null;
  }
}

function json({ nodes, nodeWidth, sources, destinations, edges, edgeWidth }: Graph): string {
  const rows = (values: ArrayLike<number>, width: number): number[][] =>
    Array.from({ length: values.length / width }, (_, i) =>
      Array.from({ length: width }, (_, j) => values[i * width + j]!),
    );
  return JSON.stringify([rows(nodes, nodeWidth), [[...sources], [...destinations]], rows(edges!, edgeWidth)]);
}

let differ = 0;
const all: string[] = [];
for (const [file, { rows, refused, sha256 }] of Object.entries(reference.files)) {
  const table = parse(readFileSync(join(shared, "data/molecules", file), "utf8"), { columns: true }) as {
    smiles: string;
  }[];
  const smiles = table.map((row) => row.smiles.trim());
  const graphs = smiles.map(graphOf);
  const lines = graphs.map((graph) => (graph ? json(graph) : "null"));
  const same = createHash("sha256").update(lines.join("\n")).digest("hex") === sha256 && lines.length === rows;
  if (!same) differ++;
  console.log(
    `${same ? "ok  " : "FAIL"} ${file}: ${rows} rows, ${graphs.filter((graph) => !graph).length} refused (${refused})`,
  );
  all.push(...smiles);
}

const megabytes: number[] = [];
for (let i = 1; i <= many; i++) {
  graphOf(all[i % all.length]!);
  if (i % Math.ceil(many / 10) !== 0) continue;
  megabytes.push(process.memoryUsage().rss / 1e6);
  console.log(`${i.toLocaleString("en")} molecules read: ${megabytes.at(-1)!.toFixed(0)} MB of memory`);
}
const grown = megabytes.length > 1 ? megabytes.at(-1)! - megabytes[0]! : 0;
process.exitCode = differ > 0 || grown > 64 ? 1 : 0;
