import { open, stat } from "node:fs/promises";
import { extname } from "node:path";
import { asyncBufferFromFile } from "hyparquet";
import { UserError } from "../../files/errors.js";
import { inItsPlace, tellingBytes } from "../../files/in-its-place.js";
import { readUpTo } from "../../files/read-up-to.js";
import { isCompressed, tableEndings, type TableEnding, unpack } from "../../files/table-endings.js";
import { onDisk } from "../on-disk.js";
import { openParquet } from "./parquet.js";
import type { Table } from "./rows.js";
import { openTextTable } from "./text-table.js";

export type TableFormat = TableEnding;

export const tableFormats = tableEndings;

/** Which tables are wanted, and in which words. */
export interface Wanted {
  /** "file of labels" */
  thing: string;
  /** "the labels" */
  called: string;
  formats: readonly TableFormat[];
}

const anyTable: Wanted = { thing: "table", called: "the table", formats: tableFormats };

/**
 * Opens a file of records: comma- or tab-separated values, JSON lines, a JSON array, or Parquet.
 * @throws {UserError} if it cannot be read, or has another format
 */
export async function openTable(path: string, { thing, called, formats: some }: Wanted = anyTable): Promise<Table> {
  const format = formatOf(path, some);
  const remedy = `give a ${some.slice(0, -1).join(", ")} or ${some.at(-1)} file`;
  if (format === undefined)
    throw new UserError(`${path} is no ${thing} that can be read; ${isCompressed(path) ? unpack : remedy}`);
  const refused = (reason: string): UserError =>
    new UserError(`${called} ${path} cannot be read (${reason}); ${remedy}`);
  try {
    if (!(await stat(path)).isFile()) throw refused("it is no file");
    const head = await headOf(path);
    const instead = head.length > 0 || format === ".parquet" ? inItsPlace(head, thing) : undefined;
    if (instead) throw new UserError(`${called} ${path} ${instead}`);
    if (format !== ".parquet") return await openTextTable(onDisk(path), format);
    return await openParquet(path, await asyncBufferFromFile(path));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw refused(code === "ENOENT" ? "there is no such file" : String(code));
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    return await readUpTo(file, 0, tellingBytes);
  } finally {
    await file.close();
  }
}

function formatOf(path: string, some: readonly TableFormat[]): TableFormat | undefined {
  const ending = extname(path).toLowerCase();
  return some.find((format) => format === ending);
}
