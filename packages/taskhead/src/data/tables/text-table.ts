import { openDelimited } from "./delimited.js";
import { openJson, openJsonLines } from "./json-records.js";
import type { Table } from "./rows.js";
import type { TextFile } from "../text-file.js";

const formats = {
  ".csv": (file) => openDelimited(file, ".csv"),
  ".tsv": (file) => openDelimited(file, ".tsv"),
  ".jsonl": openJsonLines,
  ".ndjson": openJsonLines,
  ".json": openJson,
} satisfies Record<string, (file: TextFile) => Promise<Table>>;

/** Formats of tables that are written as text, by the ends of their files' names. */
export type TextTableEnding = keyof typeof formats;

export const textTableEndings = Object.keys(formats) as readonly TextTableEnding[];

/**
 * Opens a file of comma- or tab-separated values, of JSON lines, or a JSON array.
 * @throws {UserError} if it cannot be read
 */
export function openTextTable(file: TextFile, ending: TextTableEnding): Promise<Table> {
  return formats[ending](file);
}
