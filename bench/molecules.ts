import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { readMolecule } from "#taskhead/graphs/chemistry/molecule.js";
import { loadRdkit } from "#taskhead/graphs/chemistry/load-rdkit.js";
import type { DataFolder } from "./smaller.js";

/** Where both sides find the graphs: a list of `{ x, edge_index, edge_attr }`, as PyTorch Geometric has them. */
export const moleculesFile = "molecules.json";

/** A graph of that file: [nodes, 9], [2, edges], [edges, 3]. */
export interface MoleculeGraph {
  readonly x: number[][];
  readonly edge_index: [number[], number[]];
  readonly edge_attr: number[][];
}

/** A folder like the shared one with BBBP's first molecules as graphs. @param count how many */
export async function withMolecules(shared: string, count: number): Promise<DataFolder> {
  const folder = mkdtempSync(join(tmpdir(), "taskhead-molecules-"));
  symlinkSync(resolve(shared, "models"), join(folder, "models"));
  const table = readFileSync(join(shared, "data", "molecules", "bbbp", "train.csv"), "utf8");
  const rows = parse(table, { columns: true, to: count }) as { smiles: string }[];
  writeFileSync(join(folder, moleculesFile), JSON.stringify(await moleculeGraphs(rows)));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function moleculeGraphs(rows: readonly { readonly smiles?: string }[]): Promise<MoleculeGraph[]> {
  const rdkit = await loadRdkit();
  return rows.map(({ smiles }) => {
    const { graph } = readMolecule(rdkit, smiles!.trim(), { featuriser: "ogb", scaffolds: false });
    return {
      x: rowsOf(graph.nodes, graph.nodeWidth),
      edge_index: [[...graph.sources], [...graph.destinations]],
      edge_attr: rowsOf(graph.edges ?? new Int32Array(0), graph.edgeWidth),
    };
  });
}

function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Array.from({ length: width }, (__, i) => values[row * width + i]!),
  );
}
