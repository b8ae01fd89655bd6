import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { extname } from "node:path";
import { maskFoldersIn } from "./mask-folders.js";
import { inputsOf } from "./model-inputs.js";
import { fileBeside } from "./model-folder.js";
import { tableEndings } from "./table-endings.js";
import { isTagged } from "./tagged-endings.js";

/** Of archives of samples. */
export const archiveEnding = /\.(tar|tar\.gz|tgz)$/i;

/** Whether a file is called as an archive. */
export function isArchive(path: string): boolean {
  return archiveEnding.test(path);
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
 * What a job is on: images with masks where the training samples are a folder of both; graphs where the model takes
 * their edges, which are molecules unless the training file holds graphs; texts where the training samples are tagged words, or a
 * table and the model takes no pictures, or the model has a tokenizer beside it and nothing that says how it takes pictures;
 * else images.
 */
export function samplesKind({ train, backbone, smiles, inputs }: JobFiles): SamplesKind {
  const has = (name: string): boolean => fileBeside(backbone, name) !== undefined;
  if (maskFoldersIn(train)) return "masked images";
  if (smiles !== undefined) return "molecules";
  if (inputs !== undefined && inputs.length > 0) return holdsGraphs(train) ? "graphs" : "molecules";
  const [tokenizer, processor] = [has("tokenizer.json"), has("preprocessor_config.json")];
  if (!tokenizer && !processor && takesEdges(backbone)) return holdsGraphs(train) ? "graphs" : "molecules";
  const readsTexts = tokenizer && !processor;
  const isTable = tableEndings.some((ending) => extname(train).toLowerCase() === ending);
  if (isTable) return takesPictures(backbone) ? "images" : "texts";
  return readsTexts || holdsTagged(train) ? "texts" : "images";
}

/** What exports of graph networks call the input of edges. */
const edgesInput = /^((edge|bond)_?(index|indices|idx)|edges|edge_?list|adj|connectivity)$/i;

function takesEdges(backbone: string): boolean {
  return inputsOf(backbone).some(({ name }) => edgesInput.test(name));
}

/** Whether a model takes pictures [batch, channels, height, width], and no tokens [batch, sequence] beside them. */
function takesPictures(backbone: string): boolean {
  const ranks = inputsOf(backbone).map(({ rank }) => rank);
  return ranks.includes(4) && !ranks.includes(2);
}

/** Whether a file's beginning has the edges of a graph. */
function holdsGraphs(path: string): boolean {
  if (![".jsonl", ".ndjson", ".json"].includes(extname(path).toLowerCase())) return false;
  try {
    const file = openSync(path, "r");
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
