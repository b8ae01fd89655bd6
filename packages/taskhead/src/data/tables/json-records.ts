import { UserError } from "../../files/errors.js";
import { readLines, readText, wholeText } from "../read-text.js";
import type { Cell, Row, Table } from "./rows.js";
import type { TextFile } from "../text-file.js";

/** A JSON array is read whole; beyond this many characters JSON lines are asked for. */
const mostOfArray = 2 ** 26;

/** A record, or why it is none. */
type Read = Row | { row: number; reason: string };

/** How an array of objects begins, whatever its file is called. */
const arrayOfObjects = /^\s*\[\s*(\{|$)/;

/**
 * Opens a file of JSON objects, one a line; a JSON array of them is called `.jsonl` too.
 * @throws {UserError} if it has none
 */
export async function openJsonLines(file: TextFile): Promise<Table> {
  return (await begins(file, arrayOfObjects)) ? openArray(file) : openLines(file);
}

function openLines(file: TextFile): Promise<Table> {
  return tableOf(file.path, () => recordsOfLines(file), "line", "write one JSON object per line");
}

/**
 * Opens a JSON array of objects; JSON lines are called `.json` too.
 * @throws {UserError} if it is neither, or too large to be read whole
 */
export async function openJson(file: TextFile): Promise<Table> {
  return (await begins(file, /^\s*\[/)) ? openArray(file) : openLines(file);
}

async function openArray(file: TextFile): Promise<Table> {
  const { path } = file;
  const text = await wholeText(file, mostOfArray);
  if (text === undefined)
    throw new UserError(`${path} is a JSON array of more than 64 MB; save it as JSON lines, one object per line`);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new UserError(`${path} is not JSON; give an array of objects, or one JSON object per line`);
  }
  const all = content as readonly unknown[];
  const records = async function* (): AsyncGenerator<Read> {
    for (const [i, value] of all.entries()) yield recordOf(i + 1, value);
  };
  return tableOf(path, records, "record", "give an array of objects");
}

async function tableOf(
  path: string,
  records: () => AsyncIterable<Read>,
  unit: "line" | "record",
  remedy: string,
): Promise<Table> {
  const names = new Set<string>();
  let fault: Exclude<Read, Row> | undefined;
  for await (const read of records()) {
    if (!("cells" in read)) fault ??= read;
    else for (const name of read.cells.keys()) names.add(name);
  }
  if (names.size === 0 && fault) throw new UserError(`${path}: ${unit} ${fault.row}: ${fault.reason}; ${remedy}`);
  return {
    path,
    columns: [...names],
    classNames: new Map(),
    notes: [],
    async *rows(refuse) {
      for await (const read of records())
        if ("cells" in read) yield read;
        else refuse(read);
    },
  };
}

async function* recordsOfLines(file: TextFile): AsyncGenerator<Read> {
  for await (const { number: row, text } of readLines(file)) {
    if (text.trim() === "") continue;
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch {
      yield { row, reason: "it is not JSON" };
      continue;
    }
    yield recordOf(row, content);
  }
}

async function begins(file: TextFile, pattern: RegExp): Promise<boolean> {
  for await (const text of readText(file)) if (text.trim() !== "") return pattern.test(text);
  return false;
}

function recordOf(row: number, value: unknown): Read {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { row, reason: "it is not a JSON object" };
  return { row, cells: cellsOf(Object.entries(value)) };
}

/** What values are as cells; those that are null are left out. */
export function cellsOf(entries: Iterable<readonly [name: string, value: unknown]>): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const [name, value] of entries) if (value !== null && value !== undefined) cells.set(name, cellOf(value));
  return cells;
}

function cellOf(value: unknown): Cell {
  if (!Array.isArray(value)) return textOf(value);
  const texts = value.map(textOf);
  return texts.includes(null) ? null : (texts as string[]);
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  return value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : null;
}
