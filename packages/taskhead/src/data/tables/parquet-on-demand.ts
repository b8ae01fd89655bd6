import type { AsyncBuffer } from "hyparquet";
import type { Table } from "./rows.js";

/** Ranges of a file's bytes, as they are asked for. */
export type FileRanges = AsyncBuffer;

/** As `openParquet`, whose readers are only loaded where somebody has such a file. */
export async function openParquetTable(path: string, file: FileRanges): Promise<Table> {
  const { openParquet } = await import("./parquet.js");
  return openParquet(path, file);
}
