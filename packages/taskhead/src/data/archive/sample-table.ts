import { isObject } from "../../files/is-object.js";
import { cellsOf } from "../tables/json-records.js";
import { named } from "../listed.js";
import type { Cell, RefusedRow, Row, Table } from "../tables/rows.js";
import type { Bytes, OpenBytes } from "./bytes.js";
import type { ArchiveSample } from "./samples.js";
import type { Member } from "./tar-members.js";

/** Members that are columns by themselves; the fields of `json` are others. */
export const textParts = ["cls", "txt"] as const;

export function isTextPart(name: string): boolean {
  return (textParts as readonly string[]).includes(name);
}

/** A sample of an archive as a row. */
export interface SampleRow {
  /** Its place in the archive, from 1. */
  readonly row: number;
  readonly parts: ArchiveSample["parts"];
  /** Why it is of no use. */
  readonly fault?: string;
}

/** The samples of an archive, and where its bytes are. */
export interface ArchivedRows {
  /** As people call it. */
  readonly path: string;
  readonly file: Bytes;
  readonly samples: readonly SampleRow[];
  /** Of a member that is text, in bytes. Default: what a class or a caption has. */
  readonly longestText?: number;
}

/** Of a class, a caption; and of a record, in bytes. */
const [longestLabel, longestRecord] = [2 ** 16, 2 ** 22];

/** So many are read at a time. */
const rowsAtOnce = 64;

/** What an archive says of its samples, row by row: `cls`, `txt` and the fields of `json`. @param columns that it has */
export function columnsOfSamples(
  { path, file, samples, longestText }: ArchivedRows,
  columns: readonly string[],
): Table {
  return {
    path,
    columns,
    classNames: new Map(),
    notes: [],
    async *rows(refuse, wanted = columns) {
      const opened = await file.open();
      try {
        for (let i = 0; i < samples.length; i += rowsAtOnce) {
          const some = samples.slice(i, i + rowsAtOnce);
          for (const row of await Promise.all(some.map((one) => rowOf(opened, one, wanted, longestText))))
            if ("cells" in row) yield row;
            else refuse(row);
        }
      } finally {
        await opened.close();
      }
    },
  };
}

async function rowOf(
  file: OpenBytes,
  { row, parts, fault }: SampleRow,
  columns: readonly string[],
  longestText = longestLabel,
): Promise<Row | RefusedRow> {
  if (fault !== undefined) return { row, reason: fault };
  const cells = new Map<string, Cell>();
  for (const name of textParts) {
    const member = columns.includes(name) ? parts.get(name) : undefined;
    if (!member) continue;
    const [most, thing] = name === "txt" ? [longestText, "text"] : [longestLabel, "label"];
    if (member.size > most) return { row, reason: tooLong(member, thing) };
    const text = await textOf(file, member);
    if (text === undefined) return { row, reason: `${named(member.name)} is no text in UTF-8` };
    cells.set(name, text);
  }
  const record = columns.some((name) => !isTextPart(name)) ? parts.get("json") : undefined;
  if (!record) return { row, cells };
  if (record.size > longestRecord) return { row, reason: tooLong(record, "record") };
  const content = parsed(await textOf(file, record));
  if (!isObject(content)) return { row, reason: `${named(record.name)} is no JSON object` };
  for (const [name, cell] of cellsOf(Object.entries(content))) if (!isTextPart(name)) cells.set(name, cell);
  return { row, cells };
}

function tooLong({ name, size }: Member, thing: string): string {
  return `${named(name)} has ${size.toLocaleString("en")} bytes, more than a ${thing} may have`;
}

/** Without white space at its ends; undefined where it is no UTF-8. */
async function textOf(file: OpenBytes, { start, size }: Member): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.read(start, size)).trim();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
