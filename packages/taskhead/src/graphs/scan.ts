import { stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import type { Target } from "@taskhead/core/internals";
import { named } from "../data/listed.js";
import { onDisk } from "../data/on-disk.js";
import { onlyOneClass } from "../data/splits/require-validation.js";
import { openTable, tableFormats } from "../data/tables/table.js";
import type { AskedTargets } from "../data/tables/target-columns.js";
import type { GuessedTask } from "../data/tables/usual-task.js";
import { targetsInTermsOf } from "../data/classes/terms.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/table-endings.js";
import { shown } from "../files/shown.js";
import { refusalOf } from "./chemistry/molecule.js";
import { loadRdkit } from "./chemistry/load-rdkit.js";
import type { Graph } from "./graph.js";
import { readGraphTable, taskOfGraphs } from "./graph-lines.js";
import { termsOf, type GraphSource, type Row } from "./graph-source.js";
import type { AskedColumns } from "./molecule-columns.js";
import { readMoleculeTable, type MoleculeSource } from "./molecule-table.js";
import { taskOfMolecules } from "./task-of-molecules.js";

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
  const file = resolve(path);
  const { like } = options;
  const known = like && { column: like.column, terms: termsOf(like) };
  const found = await readMoleculeTable(await openTable(shown(file)), options, known);
  return inTerms(await ofMolecules({ ...found, path, file }), options);
}

/** Reads graphs, and what is to be predicted of them, from a file of JSON lines. @throws {UserError} likewise */
export async function scanGraphs(path: string, options: ScanOptions<Graph>): Promise<GraphSource<Graph>> {
  await requireFile(path, "graphs as JSON, one a line, in a .jsonl file", isGraphFile(path));
  const file = resolve(path);
  return inTerms({ ...(await readGraphTable(onDisk(shown(file)), options, options.like)), path, file }, options);
}

/** What is learnt of molecules on a disk where nobody says it. @throws {UserError} if there is no table of them */
export async function taskOfMoleculeFile(
  path: string,
  { group, ...asked }: Omit<AskedColumns, "task">,
): Promise<GuessedTask> {
  const table = await openTable(shown(resolve(path)));
  return taskOfMolecules({ ...table, columns: table.columns.filter((name) => name !== group) }, asked);
}

/** What is learnt of graphs on a disk where nobody says it. @throws {UserError} if they cannot be read */
export function taskOfGraphFile(path: string, asked: Omit<AskedTargets, "task">): Promise<GuessedTask> {
  return taskOfGraphs(onDisk(shown(resolve(path))), asked);
}

/** Whether a file may hold graphs, by its name. */
export function isGraphFile(path: string): boolean {
  return [".jsonl", ".ndjson", ".json"].includes(extname(path).toLowerCase());
}

/** Without the classes that only texts name which are no molecules: such rows are left out, and so nothing is of those. */
async function ofMolecules(source: MoleculeSource): Promise<MoleculeSource> {
  if (source.task !== "classification") return source;
  const rdkit = await loadRdkit();
  const met = new Set<Target>();
  const reasons = new Map<Row<string>, string>();
  // Nearly always the first row of a class is one.
  for (const row of source.rows) {
    if (met.has(row.target)) continue;
    const reason = refusalOf(rdkit, row.sample);
    if (reason === undefined) met.add(row.target);
    else reasons.set(row, reason);
  }
  const kept = source.outputs.flatMap((_, c) => (met.has(c) ? [c] : []));
  // Where none is a molecule, whoever reads them says so.
  if (kept.length === source.outputs.length || kept.length === 0) return source;
  const lost = source.rows.filter(({ target }) => !met.has(target));
  const refused = lost.map((row) => ({ row: row.row, reason: `${named(row.sample)} ${reasons.get(row)!}` }));
  return {
    ...source,
    outputs: kept.map((c) => source.outputs[c]!),
    rows: source.rows
      .filter(({ target }) => met.has(target))
      .map((row) => ({ ...row, target: kept.indexOf(row.target as number) })),
    refused: [...source.refused, ...refused].toSorted((a, b) => a.row - b.row),
  };
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
    throw onlyOneClass({ where: termsOf(source).where, sample: source.noun, ...source });
  return source;
}
