import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { UserError } from "../files/errors.js";

/** A file of labels: which image, and what is to be known of it. */
export interface LabelTable {
  /** In the file's order, the one with the images' names left out. */
  columns: string[];
  /** The column with the images' names. */
  fileColumn: string;
  rows: LabelRow[];
  /** Rows that cannot be read. */
  refused: RefusedRow[];
}

export interface LabelRow {
  /** As a spreadsheet or an editor counts it, from 1; of a table with a header, the first row is 2. */
  row: number;
  file: string;
  /** By column; one that is left out, or null in JSON, is empty. */
  cells: ReadonlyMap<string, Cell>;
}

/** Text, a list of texts (only in JSON lines), or null for what is neither. */
export type Cell = string | readonly string[] | null;

export interface RefusedRow {
  row: number;
  reason: string;
}

/** Names of the column with the images' names; Hugging Face's comes first. */
const fileColumns = ["file_name", "file", "image", "path", "filename"];

/**
 * Reads a .csv, .tsv or .jsonl file with a row per image, as Hugging Face's imagefolder has it. A .csv file without a comma
 * in its first line may have semicolons, as spreadsheets write them where the comma is for decimals.
 * @throws {UserError} if it cannot be read, has another format, or no column with the images' names
 */
export async function readLabelFile(path: string): Promise<LabelTable> {
  const kind = extname(path).toLowerCase();
  if (kind === ".jsonl") return fromLines(path, await readText(path));
  if (kind === ".csv" || kind === ".tsv") return fromTable(path, await readText(path), kind);
  throw new UserError(`${path} is no file of labels that can be read; give a .csv, .tsv or .jsonl file`);
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : (code ?? message);
    throw new UserError(`the labels ${path} cannot be read (${reason}); give a .csv, .tsv or .jsonl file`);
  }
  try {
    // Without a byte-order mark: the decoder drops it.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is not in UTF-8; save it as UTF-8`);
  }
}

function fromTable(path: string, text: string, kind: ".csv" | ".tsv"): LabelTable {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = kind === ".tsv" ? "\t" : !first.includes(",") && first.includes(";") ? ";" : ",";
  let records: string[][];
  try {
    records = parse(text, { delimiter, trim: true, relax_column_count: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(
      `${path} cannot be read as ${kind.slice(1).toUpperCase()}: ${error.message.split("\n")[0]}; mend that row`,
    );
  }
  const [header = [], ...others] = records;
  const twice = header.find((name, i) => name !== "" && header.indexOf(name) < i);
  if (twice !== undefined) throw new UserError(`${path} has two columns '${twice}'; rename one`);
  const fileColumn = fileColumnOf(path, header);
  // A column without a name is an index that pandas wrote.
  const columns = header.filter((name) => name !== "" && name !== fileColumn);
  const rows: LabelRow[] = [];
  const refused: RefusedRow[] = [];
  others.forEach((record, i) => {
    const row = i + 2;
    if (record.every((cell) => cell === "")) return;
    if (record.length !== header.length) {
      refused.push({
        row,
        reason: `there are ${header.length} columns, but ${record.length === 1 ? "1 cell" : `${record.length} cells`}`,
      });
      return;
    }
    const cells = new Map(columns.map((name) => [name, record[header.indexOf(name)]!] as const));
    rows.push({ row, file: record[header.indexOf(fileColumn)]!, cells });
  });
  return { columns, fileColumn, rows, refused };
}

function fromLines(path: string, text: string): LabelTable {
  const read: { row: number; cells: Map<string, Cell> }[] = [];
  const refused: RefusedRow[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === "") return;
    const cells = cellsOf(line);
    if (typeof cells === "string") refused.push({ row: i + 1, reason: cells });
    else read.push({ row: i + 1, cells });
  });
  const names = [...new Set(read.flatMap(({ cells }) => [...cells.keys()]))];
  if (names.length === 0 && refused.length > 0)
    throw new UserError(`${path}: line ${refused[0]!.row}: ${refused[0]!.reason}; write one JSON object per line`);
  const fileColumn = fileColumnOf(path, names);
  const rows: LabelRow[] = [];
  for (const { row, cells } of read) {
    const file = cells.get(fileColumn);
    if (typeof file === "string") rows.push({ row, file, cells });
    else refused.push({ row, reason: `it has no '${fileColumn}'` });
  }
  refused.sort((a, b) => a.row - b.row);
  return { columns: names.filter((name) => name !== fileColumn), fileColumn, rows, refused };
}

/** @returns why not, in words, if it is not an object */
function cellsOf(line: string): Map<string, Cell> | string {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return "it is not JSON";
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return "it is not a JSON object";
  const cells = new Map<string, Cell>();
  for (const [name, value] of Object.entries(content)) {
    if (value === null) continue;
    const cell = Array.isArray(value) ? value.map(textOf) : textOf(value);
    cells.set(name, Array.isArray(cell) && cell.includes(null) ? null : (cell as Cell));
  }
  return cells;
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value.trim();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}

function fileColumnOf(path: string, names: readonly string[]): string {
  const lower = names.map((name) => name.toLowerCase());
  const found = fileColumns.map((name) => lower.indexOf(name)).find((i) => i >= 0);
  if (found !== undefined) return names[found]!;
  const has = names.length === 0 ? "it is empty" : `it has ${listed(names)}`;
  throw new UserError(`${path} has no column 'file_name' with the images' paths (${has}); add or rename one`);
}

/** Of many names only the first are told: a message is a line, whatever a folder holds. */
const mostNamed = 8;

/** `'a', 'b'` */
export function listed(names: readonly string[]): string {
  const told = names.slice(0, mostNamed).map((name) => `'${name}'`);
  const others = names.length - told.length;
  return [...told, ...(others > 0 ? [`${others} more`] : [])].join(", ");
}
