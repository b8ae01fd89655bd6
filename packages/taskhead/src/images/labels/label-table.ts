import { listed } from "../../data/listed.js";
import { orNoHeader } from "../../data/tables/header.js";
import type { Cell, Cells, RefusedRow, RowPlace, Table } from "../../data/tables/rows.js";
import { UserError } from "../../files/errors.js";

/** A file of labels: which image, and what is to be known of it. */
export interface LabelTable {
  /** In the file's order, the one with the images' names left out. */
  columns: string[];
  /** The column with the images' names. */
  fileColumn: string;
  rows: LabelRow[];
  /** Rows that cannot be read. */
  refused: RefusedRow[];
  /** Of columns of class numbers: what each number stands for; absent where the file says nothing of it. */
  classNames?: ReadonlyMap<string, readonly string[]>;
  /** What is to be known of how it was read, a line each; absent where there is nothing. */
  notes?: readonly string[];
}

export interface LabelRow extends RowPlace {
  file: string;
  /** By column; one that is left out, or null in JSON, is empty. Without spaces around them. */
  cells: Cells;
}

/** Names of the column with the images' names; Hugging Face's comes first. */
const fileColumns = ["file_name", "image_file_name", "file", "image", "path", "filename", "image_path"];

/** As Hugging Face's imagefolder has it: `photo_file_name`. */
const otherFileColumn = /_file_name$/i;

/**
 * Reads a table with a row per image, as Hugging Face's imagefolder has it.
 * @throws {UserError} if it has no column with the images' names, or cannot be read to its end
 */
export async function labelTable(table: Table): Promise<LabelTable> {
  const fileColumn = fileColumnOf(table.path, table.columns);
  const columns = table.columns.filter((name) => name !== fileColumn);
  const rows: LabelRow[] = [];
  const refused: RefusedRow[] = [];
  for await (const { cells, ...place } of table.rows((row) => void refused.push(row))) {
    const file = cells.get(fileColumn);
    if (typeof file === "string") rows.push({ ...place, file: file.trim(), cells: cellsOf(columns, cells) });
    else refused.push({ ...place, reason: `it has no '${fileColumn}'` });
  }
  refused.sort((a, b) => a.row - b.row);
  return {
    columns,
    fileColumn,
    rows,
    refused,
    ...(table.classNames.size > 0 ? { classNames: table.classNames } : {}),
    ...(table.notes.length > 0 ? { notes: table.notes } : {}),
  };
}

function cellsOf(columns: readonly string[], cells: Cells): Cells {
  const own = new Map<string, Cell>();
  for (const name of columns) {
    const cell = cells.get(name);
    if (cell !== undefined) own.set(name, trimmed(cell));
  }
  return own;
}

function trimmed(cell: Cell): Cell {
  if (cell === null) return null;
  return typeof cell === "string" ? cell.trim() : cell.map((one) => one.trim());
}

/** Whether a table has a column with the images' names. */
export function namesFiles(columns: readonly string[]): boolean {
  return columns.some((name) => fileColumns.includes(name.toLowerCase()) || otherFileColumn.test(name));
}

/** Which of the columns of a table has the images' names. @throws {UserError} if none has, or several */
function fileColumnOf(path: string, names: readonly string[]): string {
  const lower = names.map((name) => name.toLowerCase());
  const found = fileColumns.map((name) => lower.indexOf(name)).find((i) => i >= 0);
  if (found !== undefined) return names[found]!;
  const others = names.filter((name) => otherFileColumn.test(name));
  if (others.length === 1) return others[0]!;
  if (others.length > 1)
    throw new UserError(
      `${path} names several files in each row (${listed(others)}), but an image is one; call its column 'file_name'`,
    );
  const has = names.length === 0 ? "it is empty" : `it has ${listed(names)}`;
  throw new UserError(
    `${path} has no column 'file_name' with the images' paths (${has}); add or rename one, or give a model that takes what it has${orNoHeader({ where: path, columns: names, head: [] })}`,
  );
}
