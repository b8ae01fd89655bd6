import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { listed, named } from "../data/listed.js";
import { isTable, tableFormats } from "../data/table.js";
import { targetsInTermsOf } from "../data/terms.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { findDataSet, tablesIn, type DataSetFolder, type SetOfTexts } from "./data-set-folder.js";
import { readTables } from "./read-tables.js";
import type { AskedColumns } from "./text-columns.js";
import { classFoldersIn, readTextFolder } from "./text-folder.js";
import { termsOfTexts, type TextSource } from "./text-source.js";

export interface ScanTextsOptions extends AskedColumns {
  /** The training texts: their columns are read, and targets are given in terms of their outputs. */
  like?: TextSource;
  /** Which set is read of a folder that holds a data set; the only one where it has no other. Default: train. */
  set?: SetOfTexts;
  /** Classes that are needed: to learn two, to be scored one. */
  fewest?: number;
}

/**
 * Reads texts and what is to be predicted of them: from a table (.csv, .tsv, .jsonl, .ndjson, .json, .parquet), from a folder
 * with one folder of .txt files per class, or from a folder of tables with the sets of a data set, as Hugging Face's hub has
 * it. Columns that are not named are guessed from usual names; `said` tells which. All texts are kept in memory.
 * @throws {UserError} if it cannot be read, or is of no use for the task
 */
export async function scanTexts(path: string, options: ScanTextsOptions): Promise<TextSource> {
  const { task, like, fewest = 2 } = options;
  const source = await read(path, options);
  if (like) {
    const own = source.samples.map((sample) => sample.target);
    const targets = targetsInTermsOf(termsOfTexts(like), termsOfTexts(source), own);
    source.samples.forEach((sample, i) => (sample.target = targets[i]!));
    return { ...source, outputs: [...like.outputs] };
  }
  if (task === "classification" && source.outputs.length < fewest)
    throw new UserError(
      `${termsOfTexts(source).where} has only one class, ${named(source.outputs[0]!)}; give texts of at least two`,
    );
  return source;
}

async function read(path: string, options: ScanTextsOptions): Promise<TextSource> {
  const root = resolve(path);
  const { like, set = "train", fewest } = options;
  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      throw new UserError(`${path} does not exist; give ${wanted}`);
    throw error;
  });
  if (!info.isDirectory()) {
    if (!isTable(path)) throw new UserError(`${path} is no table that can be read; give ${wanted}`);
    return readTables({ path, labels: root, files: [root] }, options, like);
  }
  const found = await findDataSet(root);
  if (found) {
    const files = tablesOf(path, found, set);
    const labels = files.length === 1 ? files[0]! : root;
    return readTables({ path, labels, files, classNames: found.classNames }, options, like);
  }
  const folders = await classFoldersIn(root);
  const tables = await tablesIn(root);
  const [only, ...others] = tables;
  if (folders.length < 2 && only !== undefined) {
    if (others.length === 0) return readTables({ path, labels: only, files: [only] }, options, like);
    throw new UserError(
      `${path} holds several tables (${listed(tables.map((one) => shown(one)))}), and none is called train; give one of them`,
    );
  }
  if (folders.length === 0) throw new UserError(`${path} holds no table and no folder of .txt files; give ${wanted}`);
  if (options.task !== "classification")
    throw new UserError(
      `${path} holds folders of .txt files, which are classes; give a table for --task ${options.task}`,
    );
  return readTextFolder(path, root, folders, like ? 1 : fewest);
}

const wanted = `a table (${tableFormats.join(", ")}), a folder with one folder of .txt files per class, or a data set's folder with a table called train`;

function tablesOf(path: string, { sets }: DataSetFolder, set: SetOfTexts): readonly string[] {
  const names = Object.keys(sets) as SetOfTexts[];
  const files = sets[set] ?? (names.length === 1 ? sets[names[0]!] : undefined);
  if (files) return files;
  throw new UserError(
    `${path} holds no table of ${set} (it has ${names.join(" and ")}); add one, or give a table itself`,
  );
}
