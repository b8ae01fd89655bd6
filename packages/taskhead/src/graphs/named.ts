import { stat } from "node:fs/promises";
import { extname } from "node:path";
import type { NamedOptions, Unusable } from "../data/serving.js";
import { headOf } from "../data/tables/labelled-rows.js";
import { onDisk } from "../data/on-disk.js";
import { openTable } from "../data/tables/table.js";
import { Refusal } from "../data/tables/targets.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/table-endings.js";
import type { Graph } from "./graph.js";
import { readGraphLines } from "./graph-lines.js";
import { smilesColumn } from "./molecule-columns.js";
import { smilesIn } from "./molecule-table.js";
import { isGraphFile } from "./scan.js";

/** A sample to be answered, and what it is called. */
export interface NamedGraph<Sample extends string | Graph = string | Graph> {
  readonly name: string;
  readonly sample: Sample;
  /** The row that it is from, where it has another name. */
  readonly place?: string;
}

interface Named<Sample extends string | Graph> {
  readonly items: NamedGraph<Sample>[];
  readonly unusable: Unusable[];
}

/**
 * The molecules that a person names: a table's rows, the lines of standard input for `-`, and whatever is no
 * file as SMILES.
 * @throws {UserError} if a table cannot be read, or it is not known which of its columns is the SMILES
 */
export async function namedMolecules(
  names: readonly string[],
  { smiles }: Pick<NamedOptions, "smiles">,
): Promise<Named<string>> {
  const found: Named<string> = { items: [], unusable: [] };
  for (const name of names) {
    if (name === "-") found.items.push(...moleculesIn(await linesOfInput()));
    else if (await isFile(name)) await moleculesOfFile(name, smiles, found);
    else if (isTable(name)) found.unusable.push({ name, reason: "there is no such file" });
    else found.items.push({ name, sample: name.trim() });
  }
  return found;
}

/** The graphs of files of JSON lines. @throws {UserError} if one cannot be read */
export async function namedGraphs(names: readonly string[]): Promise<Named<Graph>> {
  const found: Named<Graph> = { items: [], unusable: [] };
  for (const path of names) {
    if (!(await isFile(path))) found.unusable.push({ name: path, reason: "there is no such file" });
    else if (!isGraphFile(path)) throw new UserError(`${path} holds no graphs as JSON lines; give a .jsonl file`);
    else
      for await (const { graph, row } of readGraphLines(
        onDisk(path),
        ({ row: bad, reason }) => void found.unusable.push({ name: `${path}:${bad}`, reason }),
      ))
        found.items.push({ name: `${path}:${row}`, sample: graph });
  }
  return found;
}

async function isFile(name: string): Promise<boolean> {
  return (await stat(name).catch(() => undefined))?.isFile() ?? false;
}

async function moleculesOfFile(path: string, asked: string | undefined, found: Named<string>): Promise<void> {
  if (!isTable(path))
    throw new UserError(
      `${path} (${extname(path) || "without an extension"}) is no table of molecules; give a .csv, .tsv, .jsonl or .parquet file`,
    );
  const table = await openTable(path);
  const refuse = ({ row, reason }: { row: number; reason: string }): void =>
    void found.unusable.push({ name: `${path}:${row}`, reason });
  const column = smilesColumn({ where: path, columns: table.columns, head: await headOf(table) }, asked);
  for await (const { row, cells } of table.rows(refuse, [column]))
    try {
      const sample = smilesIn(cells, column);
      found.items.push({ name: sample, sample, place: `${path}:${row}` });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse({ row, reason: error.message });
    }
}

/** One molecule a line; empty lines are none. */
async function linesOfInput(): Promise<string[]> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8").split(/\r?\n/);
}

function moleculesIn(lines: readonly string[]): NamedGraph<string>[] {
  return lines.flatMap((line) => (line.trim() === "" ? [] : [{ name: line.trim(), sample: line.trim() }]));
}
