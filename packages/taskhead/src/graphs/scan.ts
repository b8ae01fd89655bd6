import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { named } from "../data/listed.js";
import { isTable, tableFormats } from "../data/table.js";
import { targetsInTermsOf } from "../data/terms.js";
import { UserError } from "../files/errors.js";
import type { Graph } from "./graph.js";
import { readGraphTable } from "./graph-lines.js";
import { termsOf, type GraphSource } from "./graph-source.js";
import type { AskedColumns } from "./molecule-columns.js";
import { readMoleculeTable, type MoleculeSource } from "./molecule-table.js";

export interface ScanOptions<Sample extends string | Graph> extends AskedColumns {
  /** The training samples: their columns are read, and targets are given in terms of their outputs. */
  like?: GraphSource<Sample>;
  /** Classes that are needed: to learn two, to be scored one. Default: 2. */
  fewest?: number;
}

/**
 * Reads molecules as SMILES, and what is to be predicted of them, from a table. Columns that are not named are guessed from usual
 * names; `said` tells which.
 * @throws {UserError} if it cannot be read, or is of no use for the task
 */
export async function scanMolecules(path: string, options: ScanOptions<string>): Promise<MoleculeSource> {
  await requireFile(path, `a table of molecules (${tableFormats.join(", ")})`, isTable(path));
  return inTerms(await readMoleculeTable(path, options, options.like), options);
}

/** Reads graphs, and what is to be predicted of them, from a file of JSON lines. @throws {UserError} likewise */
export async function scanGraphs(path: string, options: ScanOptions<Graph>): Promise<GraphSource<Graph>> {
  await requireFile(path, "graphs as JSON, one a line, in a .jsonl file", isGraphFile(path));
  return inTerms(await readGraphTable(path, options, options.like), options);
}

/** Whether a file may hold graphs, by its name. */
export function isGraphFile(path: string): boolean {
  return [".jsonl", ".ndjson", ".json"].includes(extname(path).toLowerCase());
}

async function requireFile(path: string, wanted: string, right: boolean): Promise<void> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      throw new UserError(`${path} does not exist; give ${wanted}`);
    throw error;
  });
  if (info.isDirectory()) throw new UserError(`${path} is a folder; give ${wanted}`);
  if (!right) throw new UserError(`${path} is no file of these; give ${wanted}`);
}

function inTerms<Sample extends string | Graph>(
  source: GraphSource<Sample>,
  { like, task, fewest = 2 }: ScanOptions<Sample>,
): GraphSource<Sample> {
  if (like) {
    const own = source.rows.map(({ target }) => target);
    const targets = targetsInTermsOf(termsOf(like), termsOf(source), own);
    const rows = source.rows.map((row, i) => ({ ...row, target: targets[i]! }));
    return { ...source, outputs: like.outputs, rows };
  }
  if (task === "classification" && source.outputs.length < fewest)
    throw new UserError(
      `${termsOf(source).where} has only one class, ${named(source.outputs[0]!)}; give ${source.noun}s of at least two`,
    );
  return source;
}
