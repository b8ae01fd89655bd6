import { readdirSync } from "node:fs";
import { extname } from "node:path";
import { fileBeside } from "./model-folder.js";

/** Of files of records. */
export const tableEndings = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"] as const;
export type TableEnding = (typeof tableEndings)[number];

/** Of files with a word and its tag a line: their names say it. */
export const taggedEndings = [".conll", ".iob", ".iob2", ".bio", ".bioes"] as const;
/** Of such files too, where tags of words are asked for. */
export const columnEndings = [".tsv", ".txt"] as const;

/** Whether a file has a word and its tag a line, by its name alone. */
export function isTagged(path: string): boolean {
  return taggedEndings.some((ending) => extname(path).toLowerCase() === ending);
}

/** Whether words with tags are in a file, or in a folder's own files, by their names alone. */
export function holdsTagged(path: string): boolean {
  if (isTagged(path)) return true;
  try {
    return readdirSync(path).some(isTagged);
  } catch {
    // No folder; what is wrong with a file is said where it is read.
    return false;
  }
}

/** What samples are, by the name of their modality. */
export type SamplesKind = "images" | "texts";

/**
 * What a job is on: texts where the training samples are a table or tagged words, or the model has a tokenizer beside it and nothing that says
 * how it takes pictures; else images.
 * @param backbone the model's file
 */
export function samplesKind({ train, backbone }: { train: string; backbone: string }): SamplesKind {
  const has = (name: string): boolean => fileBeside(backbone, name) !== undefined;
  const readsTexts = has("tokenizer.json") && !has("preprocessor_config.json");
  const isTable = tableEndings.some((ending) => extname(train).toLowerCase() === ending);
  return readsTexts || isTable || holdsTagged(train) ? "texts" : "images";
}
