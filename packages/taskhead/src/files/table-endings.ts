import { endingOf } from "./ending.js";

/** Of files of records. */
export const tableEndings = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"] as const;
export type TableEnding = (typeof tableEndings)[number];

/** Whether a file is one that has to be unpacked first, by its name alone. */
export function isCompressed(path: string): boolean {
  return /\.(gz|zst|bz2|xz|lz4|br|zip|7z)$/i.test(path);
}

/** What helps where a table is. */
export const unpack = "it is compressed; unpack it, and give the table itself";

/** Whether a file is a table, by its name alone. */
export function isTable(path: string): boolean {
  const ending = endingOf(path);
  return tableEndings.some((one) => one === ending);
}
