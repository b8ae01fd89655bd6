import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { archivesOf } from "../data/archive/archive-sets.js";
import { archivesIn, namedArchives } from "../data/archive/archives.js";
import { requireFolder } from "../data/sets/folders.js";
import type { SetOfFiles } from "../data/kind.js";
import { named } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/table-endings.js";
import { hasClassFolders, scanImageFolder } from "./folders/image-folder.js";
import { inTermsOf, type ImageSource } from "./image-source.js";
import { labelFiles, placeOf, type LabelPlace } from "./labels/label-sets.js";
import { classNamesBeside, labelSetsIn } from "./labels/labels-on-disk.js";
import { scanLabelFile } from "./labels/scan-label-file.js";
import { scanArchives, type ArchiveOptions } from "./archives/scan-archives.js";

export interface ScanOptions extends ArchiveOptions {
  /** A table; its paths of images are relative to the folder. Default: one of `labelFiles` in it. */
  labels?: string;
  /** Which set is read of a folder that has a file of labels for each. Default: train. */
  set?: SetOfFiles;
}

/**
 * Finds images and what is to be predicted of them: their folders are their classes, a file beside them says it, a table is given
 * that names them, or they lie in archives. Where a folder has several of these, `labels` comes first, and classification prefers
 * class folders unless a column is named.
 * @throws {UserError} if there is no such folder, or it is of no use for the task
 */
export async function scanImages(path: string, { labels, set, ...options }: ScanOptions): Promise<ImageSource> {
  const { task, like, fewest } = options;
  if (isTable(path) && (await stat(path).catch(() => undefined))?.isFile()) {
    if (labels !== undefined)
      throw new UserError(`${path} is a table of images and says their labels itself; leave --labels out`);
    const file = resolve(path);
    return scanPlace({ root: dirname(file), labels: file }, [], options);
  }
  const archives = await namedArchives(path);
  if (archives) {
    if (labels !== undefined)
      throw new UserError(`${path} is an archive of images and says their labels itself; leave --labels out`);
    return scanArchives(path, archives, options);
  }
  const classification = task === "classification";
  const root = await requireFolder(
    path,
    classification ? "with one folder of images per class" : "of images with a file of labels",
  );
  if (labels !== undefined) return scanPlace({ root, labels }, [root], options);
  const column = like ? undefined : (options.label ?? options.columns?.[0]);
  const sets = await labelSetsIn(root);
  const hasLabels = Object.keys(sets).length > 0;
  const inside = await archivesIn(root);
  // An archive may lie beside what was unpacked from it.
  if (Object.keys(inside.sets).length > 0 && !hasLabels && !(await hasClassFolders(root, 1))) {
    const source = await scanArchives(path, archivesOf(path, inside.sets, set ?? "train"), options);
    return { ...source, notes: [...inside.notes, ...source.notes] };
  }
  if (classification && (!hasLabels || (column === undefined && (await hasClassFolders(root))))) {
    if (column !== undefined)
      throw new UserError(
        `${path} has no file of labels, and ${options.label === undefined ? "--columns" : "--label"} names its column ${named(column)}; leave it out where folders are the classes, or name the file with --labels`,
      );
    const found = await scanImageFolder(path, like ? 1 : fewest);
    return like ? inTermsOf(like, found) : found;
  }
  if (hasLabels) return scanPlace(placeOf(path, sets, set ?? "train"), [root], options);
  throw new UserError(
    `${path} has no file of labels; put ${labelFiles[0]} beside the images, with a column 'file_name' and one for each ${task === "regression" ? "number" : "label"}, or name one with --labels`,
  );
}

async function scanPlace(
  { root, labels, role }: LabelPlace,
  folders: readonly string[],
  options: Omit<ScanOptions, "labels" | "set">,
): Promise<ImageSource> {
  const { classNames, notes } = await classNamesBeside([...folders, dirname(labels)]);
  const source = await scanLabelFile(root, labels, { ...options, classNames, ...(role ? { role } : {}) });
  return notes.length > 0 ? { ...source, notes: [...notes, ...source.notes] } : source;
}
