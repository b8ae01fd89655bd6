import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { namedArchives } from "../data/archive/archives.js";
import type { SetOfFiles } from "../data/kind.js";
import { listed, named } from "../data/listed.js";
import { onDisk } from "../data/on-disk.js";
import { onlyOneClass } from "../data/splits/require-validation.js";
import type { Table } from "../data/tables/rows.js";
import { tableFormats } from "../data/tables/table.js";
import { targetsInTermsOf } from "../data/classes/terms.js";
import { UserError } from "../files/errors.js";
import { isArchive } from "../files/archive-endings.js";
import { shown } from "../files/shown.js";
import { isCompressed, unpack } from "../files/table-endings.js";
import { columnEndings, isTagged, taggedEndings } from "../files/tagged-endings.js";
import { findDataSet, tablesIn, type DataSetFolder } from "./data-set-folder.js";
import { openTexts } from "./open-texts.js";
import { readTables } from "./read-tables.js";
import type { AskedColumns } from "./text-columns.js";
import { classFoldersIn, readTextFolder } from "./text-folder.js";
import { isConll } from "./tagged/conll.js";
import type { TagFile } from "./tagged/opened.js";
import { readTagged } from "./tagged/read-tagged.js";
import { readsFor } from "./tagged/readable.js";
import type { TextTables } from "./text-tables.js";
import { termsOfTexts, type TableTexts, type TextSource } from "./text-source.js";

export interface ScanTextsOptions extends AskedColumns {
  /** The training texts: their columns are read, and targets are given in terms of their outputs. */
  like?: TextSource;
  /** Which set is read of a folder that holds a data set; the only one where it has no other. Default: train. */
  set?: SetOfFiles;
  /** Classes that are needed: to learn two, to be scored one. */
  fewest?: number;
  /** Where archives that are compressed are unpacked. Default: the user's cache folder. */
  cache?: string;
  /** The tags of words that a trained model knows. */
  known?: readonly string[];
}

/**
 * Reads texts and what is to be predicted of them: from a table (.csv, .tsv, .jsonl, .ndjson, .json, .parquet), from a folder
 * with one folder of .txt files per class, from archives as WebDataset has them, or from a folder of tables with the sets of a data set, as Hugging Face's hub has
 * it. Where words have tags, files with a word a line are read too. Columns that are not named are guessed from usual names; `said` tells which. All texts are kept in memory.
 * @throws {UserError} if it cannot be read, or is of no use for the task
 */
export async function scanTexts(path: string, options: ScanTextsOptions): Promise<TextSource> {
  const { task, like, fewest = 2 } = options;
  const source = await read(path, options);
  // Tags of words are in terms of the others' already.
  if (task === "token-classification") return source;
  if (like) {
    const own = source.samples.map((sample) => sample.target);
    const targets = targetsInTermsOf(termsOfTexts(like), termsOfTexts(source), own);
    source.samples.forEach((sample, i) => (sample.target = targets[i]!));
    return { ...source, outputs: [...like.outputs] };
  }
  if (task === "classification" && source.outputs.length < fewest)
    throw onlyOneClass({ where: termsOfTexts(source).where, sample: "text", ...source });
  return source;
}

async function read(path: string, options: ScanTextsOptions): Promise<TextSource> {
  const root = resolve(path);
  const { task, set = "train" } = options;
  const tagged = task === "token-classification";
  const reads = readsFor(task);
  const wanted = tagged ? wantedOfTags : wantedOfTexts;
  const archives = await namedArchives(path);
  if (archives) {
    const labels = archives.length === 1 ? archives[0]! : root;
    return readFiles({ path, labels, files: archives }, options);
  }
  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      throw new UserError(`${path} does not exist; give ${wanted}`);
    throw error;
  });
  if (!info.isDirectory()) {
    if (!tagged && isTagged(path)) throw askForTags(path);
    if (!reads(path))
      throw new UserError(`${path} is no table that can be read; ${isCompressed(path) ? unpack : `give ${wanted}`}`);
    return readFiles({ path, labels: root, files: [root] }, options);
  }
  const found = await findDataSet(root, reads);
  if (found) {
    const files = tablesOf(path, found, set);
    const labels = files.length === 1 ? files[0]! : root;
    return readFiles({ path, labels, files, classNames: found.classNames }, options);
  }
  return readFolder(path, root, options);
}

/** A folder that is no data set: of tables, or of one folder of texts per class. @param root absolute */
async function readFolder(path: string, root: string, options: ScanTextsOptions): Promise<TextSource> {
  const { task, like, fewest } = options;
  const tagged = task === "token-classification";
  const folders = tagged ? [] : await classFoldersIn(root);
  const tables = await tablesIn(root, readsFor(task));
  const [only, ...others] = tables;
  if (folders.length < 2 && only !== undefined) {
    if (others.length === 0) return readFiles({ path, labels: only, files: [only] }, options);
    if (tables.every(isArchive)) return readFiles({ path, labels: root, files: tables }, options);
    throw new UserError(
      `${path} holds several tables (${listed(tables.map((one) => shown(basename(one))))}), and none is called train; give one of them`,
    );
  }
  if (folders.length === 0)
    throw new UserError(
      `${path} holds no table${tagged ? "" : " and no folder of .txt files"}; give ${tagged ? wantedOfTags : wantedOfTexts}`,
    );
  requireClassesAsked(path, options);
  return readTextFolder(path, root, folders, like ? 1 : fewest);
}

/** @throws {UserError} if what is asked for is a table's, and not that folders are classes */
function requireClassesAsked(path: string, { task, like, group, text, label }: ScanTextsOptions): void {
  if (task !== "classification")
    throw new UserError(`${path} holds folders of .txt files, which are classes; give a table for --task ${task}`);
  if (group !== undefined && !like)
    throw new UserError(`${path} holds folders of texts, and --group names a column; give a table, or leave it out`);
  const column = like ? undefined : (text?.[0] ?? label);
  if (column !== undefined)
    throw new UserError(
      `${path} holds folders of texts, and ${text ? "--text" : "--label"} names column ${named(column)} of a table; give a table, or leave it out`,
    );
}

async function readFiles(tables: TextTables, options: ScanTextsOptions): Promise<TextSource> {
  const { task, like, known } = options;
  if (task !== "token-classification") return { ...(await readOpened(tables, options)), ...placesOf(tables) };
  if (options.labels && options.labels.length > 0)
    throw new UserError(
      "--columns names columns of several labels, or numbers; name that of the words' tags with --label",
    );
  const outputs = like?.outputs ?? known;
  const { labels, files, classNames } = tables;
  const opened: TagFile[] = [];
  for (const file of files)
    opened.push(isConll(file) ? { lines: onDisk(shown(file)) } : { table: await openTexts(file, options.cache) });
  const found = await readTagged(
    { where: shown(labels), files: opened, classNames },
    options,
    outputs && { outputs, ...(like ? { like } : {}) },
  );
  return { ...found, ...placesOf(tables) };
}

async function readOpened({ labels, files, classNames }: TextTables, options: ScanTextsOptions): Promise<TableTexts> {
  const { like, cache } = options;
  const tables: Table[] = [];
  for (const file of files) tables.push(await openTexts(file, cache));
  const known = like?.labels ? { like: { text: like.text, terms: termsOfTexts(like) } } : {};
  // As it does for images, the class that an archive has a member for comes before the fields of records.
  const ofArchive = options.task === "classification" && isArchive(files[0]!) && { preferred: ["cls"] };
  return readTables(
    { where: shown(labels), tables, classNames },
    { ...options, ...ofArchive },
    { ...known, training: !like },
  );
}

function placesOf({ path, labels, files }: TextTables): Pick<TextSource, "path" | "labels" | "files"> {
  return { path, labels, files: [...files] };
}

/** Of a file whose name says that each word has a tag. */
function askForTags(path: string): UserError {
  return new UserError(`${path} has a tag for each word by its name; give --task token-classification, or a table`);
}

const wantedOfTags = `a file with a word and its tag a line (${[...taggedEndings, ...columnEndings].join(", ")}), a table with lists of words and tags (${tableFormats.join(", ")}), an archive of them (.tar, .tar.gz), or a folder with one called train`;

const wantedOfTexts = `a table (${tableFormats.join(", ")}), a folder with one folder of .txt files per class, an archive (.tar, .tar.gz), or a data set's folder with a table called train`;

function tablesOf(path: string, { sets }: DataSetFolder, set: SetOfFiles): readonly string[] {
  const names = Object.keys(sets) as SetOfFiles[];
  const files = sets[set] ?? (names.length === 1 ? sets[names[0]!] : undefined);
  if (files) return files;
  throw new UserError(
    `${path} holds no table of ${set} (it has ${names.join(" and ")}); add one, or give a table itself`,
  );
}
