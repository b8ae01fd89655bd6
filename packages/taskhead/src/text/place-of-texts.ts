import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { namedArchives } from "../data/archive/archives.js";
import type { SetOfFiles } from "../data/kind.js";
import { listed } from "../data/listed.js";
import { tableFormats } from "../data/tables/table.js";
import type { AskedTargets } from "../data/tables/target-columns.js";
import { isArchive } from "../files/archive-endings.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { isCompressed, unpack } from "../files/table-endings.js";
import { columnEndings, isTagged, taggedEndings } from "../files/tagged-endings.js";
import { findDataSet, tablesIn, type DataSetFolder } from "./data-set-folder.js";
import { classFoldersIn, type ClassFolder } from "./text-folder.js";
import { readsFor } from "./tagged/readable.js";
import type { TextTables } from "./text-tables.js";

/** Folders of texts, each of one class. */
export interface TextFolders {
  /** Absolute. */
  readonly root: string;
  readonly folders: readonly ClassFolder[];
}

/** Which texts are meant, and for what. */
interface Wanted {
  readonly task: AskedTargets["task"];
  /** Of a folder that holds a data set; the only one where it has no other. Default: train. */
  readonly set?: SetOfFiles | undefined;
}

/**
 * Where texts lie: in tables, archives, or files with a word a line where words have tags, alone or as the sets of a data set's
 * folder; or in a folder for each class.
 * @throws {UserError} if there are none, or several may be meant
 */
export async function placeOfTexts(path: string, { task, set = "train" }: Wanted): Promise<TextTables | TextFolders> {
  const root = resolve(path);
  const tagged = task === "token-classification";
  const reads = readsFor(task);
  const wanted = tagged ? wantedOfTags : wantedOfTexts;
  const archives = await namedArchives(path);
  if (archives) {
    const labels = archives.length === 1 ? archives[0]! : root;
    return { path, labels, files: archives };
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
    return { path, labels: root, files: [root] };
  }
  const found = await findDataSet(root, reads);
  if (found) {
    const files = tablesOf(path, found, set);
    const labels = files.length === 1 ? files[0]! : root;
    return { path, labels, files, classNames: found.classNames };
  }
  return inFolder(path, root, task);
}

/** A folder that is no data set: of tables, or of one folder of texts per class. @param root absolute */
async function inFolder(path: string, root: string, task: Wanted["task"]): Promise<TextTables | TextFolders> {
  const tagged = task === "token-classification";
  const folders = tagged ? [] : await classFoldersIn(root);
  const tables = await tablesIn(root, readsFor(task));
  const [only, ...others] = tables;
  if (folders.length < 2 && only !== undefined) {
    if (others.length === 0) return { path, labels: only, files: [only] };
    if (tables.every(isArchive)) return { path, labels: root, files: tables };
    throw new UserError(
      `${path} holds several tables (${listed(tables.map((one) => shown(basename(one))))}), and none is called train; give one of them`,
    );
  }
  if (folders.length === 0)
    throw new UserError(
      `${path} holds no table${tagged ? "" : " and no folder of .txt files"}; give ${tagged ? wantedOfTags : wantedOfTexts}`,
    );
  return { root, folders };
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
