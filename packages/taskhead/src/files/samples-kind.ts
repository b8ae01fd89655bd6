import { extname } from "node:path";
import { fileBeside } from "./model-folder.js";

/** Of files of records. */
export const tableEndings = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"] as const;
export type TableEnding = (typeof tableEndings)[number];

/** What samples are, by the name of their modality. */
export type SamplesKind = "images" | "texts";

/**
 * What a job is on: texts where the training samples are a table, or the model has a tokenizer beside it and nothing that says
 * how it takes pictures; else images.
 * @param backbone the model's file
 */
export function samplesKind({ train, backbone }: { train: string; backbone: string }): SamplesKind {
  const has = (name: string): boolean => fileBeside(backbone, name) !== undefined;
  const readsTexts = has("tokenizer.json") && !has("preprocessor_config.json");
  return readsTexts || tableEndings.some((ending) => extname(train).toLowerCase() === ending) ? "texts" : "images";
}
