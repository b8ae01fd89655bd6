import { endingOf } from "./ending.js";

/** Of files of records. */
export const tableEndings = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"] as const;
export type TableEnding = (typeof tableEndings)[number];

/** Whether a file is a table, by its name alone. */
export function isTable(path: string): boolean {
  const ending = endingOf(path);
  return tableEndings.some((one) => one === ending);
}
