/** Of files of records. */
export const tableEndings = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"] as const;
export type TableEnding = (typeof tableEndings)[number];
