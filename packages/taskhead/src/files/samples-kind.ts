import { closeSync, readdirSync, readSync } from "node:fs";
import { extname } from "node:path";
import { maskFoldersIn } from "./mask-folders.js";
import { fileBeside } from "./model-folder.js";
import { takenBy } from "./model-takes.js";
import { openRegular } from "./open-regular.js";
import { isTable } from "./table-endings.js";
import { isTagged } from "./tagged-endings.js";

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
export type SamplesKind = "images" | "masked images" | "texts" | "molecules" | "graphs";

/** What says what a job is on. */
export interface JobFiles {
  readonly train: string;
  /** The model's file. */
  readonly backbone: string;
  /** The column of molecules, where one was named. */
  readonly smiles?: string | undefined;
  /** The inputs of a graph network, where they were named. */
  readonly inputs?: readonly string[] | undefined;
}

/**
 * What a job is on: images with masks where the training samples are a folder of both; else what the model takes, by its inputs,
 * whatever lies beside it; graphs are molecules unless the training file holds graphs. Of a model whose inputs do not say it, texts
 * where the training samples are tagged words or a table, or it has a tokenizer beside it and nothing that says how it takes
 * pictures; else images.
 */
export function samplesKind({ train, backbone, smiles, inputs }: JobFiles): SamplesKind {
  if (maskFoldersIn(train)) return "masked images";
  if (smiles !== undefined) return "molecules";
  const takes = inputs !== undefined && inputs.length > 0 ? "graphs" : takenBy(backbone)?.what;
  if (takes === "graphs") return holdsGraphs(train) ? "graphs" : "molecules";
  if (takes !== undefined) return takes === "texts" ? "texts" : "images";
  const has = (name: string): boolean => fileBeside(backbone, name) !== undefined;
  const readsTexts = has("tokenizer.json") && !has("preprocessor_config.json");
  return readsTexts || isTable(train) || holdsTagged(train) ? "texts" : "images";
}

/** Whether a file's beginning has the edges of a graph. */
export function holdsGraphs(path: string): boolean {
  if (![".jsonl", ".ndjson", ".json"].includes(extname(path).toLowerCase())) return false;
  try {
    const file = openRegular(path);
    try {
      const start = Buffer.alloc(2 ** 20);
      return start.subarray(0, readSync(file, start)).includes('"edge_index"');
    } finally {
      closeSync(file);
    }
  } catch {
    // What is wrong with it is said where it is read.
    return false;
  }
}
