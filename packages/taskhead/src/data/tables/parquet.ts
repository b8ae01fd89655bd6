import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetScan, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { UserError } from "../../files/errors.js";
import { classNamesOf } from "../classes/class-names.js";
import { cellsOf } from "./json-records.js";
import type { Table } from "./rows.js";

/** What hyparquet knows by itself, and its decompressors add. */
const codecs = new Set(["UNCOMPRESSED", ...Object.keys(compressors)]);

/**
 * Opens a Parquet file; its rows are records from 1. A row group is read at a time, of the columns that are asked for.
 * @param path what it is called
 * @param file ranges of its bytes
 * @throws {UserError} if it is none, or compressed by what cannot be undone
 */
export async function openParquet(path: string, file: AsyncBuffer): Promise<Table> {
  const metadata = await ofParquet(path, () => parquetMetadataAsync(file));
  requireCodecs(path, metadata);
  const all = await ofParquet(path, () => parquetSchema(metadata).children.map(({ element }) => element.name));
  return {
    path,
    columns: all,
    classNames: classNamesIn(metadata),
    notes: [],
    async *rows(_, columns = all) {
      const own = columns.filter((name) => all.includes(name));
      const scan = await ofParquet(path, () => parquetScan({ file, metadata, columns: own, compressors }));
      for (const { rowStart, rowEnd } of scan.ranges) {
        const read = (column: string) => scan.readColumn({ column, rowStart, rowEnd });
        const data = await ofParquet(path, () => Promise.all(own.map(read)));
        for (let i = 0; i < rowEnd - rowStart; i++)
          yield {
            row: rowStart + i + 1,
            cells: cellsOf(own.map((name, c): [string, unknown] => [name, data[c]![i]])),
          };
      }
    },
  };
}

function requireCodecs(path: string, { row_groups: groups }: FileMetaData): void {
  for (const { columns } of groups)
    for (const { meta_data: column } of columns)
      if (column && !codecs.has(column.codec))
        throw new UserError(
          `${path} is compressed by ${column.codec}, which cannot be read here; write it again with snappy or zstd`,
        );
}

/** What `datasets` says of the columns in a file that it wrote. */
function classNamesIn({ key_value_metadata: pairs = [] }: FileMetaData): ReadonlyMap<string, readonly string[]> {
  const written = pairs.find(({ key }) => key === "huggingface")?.value;
  try {
    const content = JSON.parse(written ?? "null") as { info?: { features?: unknown } } | null;
    return classNamesOf(content?.info?.features);
  } catch {
    return new Map();
  }
}

/** @throws {UserError} for whatever is wrong with the file but the system's errors */
async function ofParquet<T>(path: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    const reason = (error as Error).message.split("\n")[0]!;
    throw new UserError(`${path} cannot be read as Parquet (${reason}); write it again`);
  }
}
