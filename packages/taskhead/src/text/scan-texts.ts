import type { SetOfFiles } from "../data/kind.js";
import { named } from "../data/listed.js";
import { onDisk } from "../data/on-disk.js";
import { onlyOneClass } from "../data/splits/require-validation.js";
import type { Table } from "../data/tables/rows.js";
import { targetsInTermsOf } from "../data/classes/terms.js";
import { UserError } from "../files/errors.js";
import { isArchive } from "../files/archive-endings.js";
import { shown } from "../files/shown.js";
import { openTexts } from "./open-texts.js";
import { placeOfTexts } from "./place-of-texts.js";
import { readTables } from "./read-tables.js";
import type { AskedColumns } from "./text-columns.js";
import { readTextFolder } from "./text-folder.js";
import { isConll } from "./tagged/conll.js";
import type { TagFile } from "./tagged/opened.js";
import { readTagged } from "./tagged/read-tagged.js";
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
  const place = await placeOfTexts(path, options);
  if ("files" in place) return readFiles(place, options);
  requireClassesAsked(path, options);
  return readTextFolder(path, place.root, place.folders, options.like ? 1 : options.fewest);
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
