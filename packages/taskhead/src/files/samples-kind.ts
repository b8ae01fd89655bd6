import { extname } from "node:path";
import { maskFoldersIn } from "./mask-folders.js";
import { fileBeside } from "./model-folder.js";

/** Of files of records. */
export const tableEndings = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"] as const;
export type TableEnding = (typeof tableEndings)[number];

/** What samples are, by the name of their modality. */
export type SamplesKind = "images" | "masked images" | "texts";

/**
 * What a job is on: images with masks where the training samples are a folder of both; texts where the training samples are a table, or the model has a tokenizer beside it and nothing that says
 * how it takes pictures; else images.
 * @param backbone the model's file
 */
export function samplesKind({ train, backbone }: { train: string; backbone: string }): SamplesKind {
  const has = (name: string): boolean => fileBeside(backbone, name) !== undefined;
  const readsTexts = has("tokenizer.json") && !has("preprocessor_config.json");
  if (maskFoldersIn(train)) return "masked images";
  return readsTexts || tableEndings.some((ending) => extname(train).toLowerCase() === ending) ? "texts" : "images";
}
