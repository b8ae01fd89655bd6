import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { archivesOf } from "../data/archive/archive-sets.js";
import { archivesIn, namedArchives } from "../data/archive/archives.js";
import type { SetOfFiles } from "../data/kind.js";
import { named } from "../data/listed.js";
import { requireFolder } from "../data/sets/folders.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/table-endings.js";
import { hasClassFolders } from "./folders/image-folder.js";
import type { LabelOptions } from "./labels/labelled-images.js";
import { labelFiles, placeOf, type LabelPlace } from "./labels/label-sets.js";
import { labelSetsIn } from "./labels/labels-on-disk.js";

/** Where it stands what is to be predicted of images: in a file of labels, in archives beside them, or their folders say it. */
export type ImagePlace =
  | { readonly file: LabelPlace; readonly folders: readonly string[] }
  | { readonly archives: readonly string[]; readonly notes: readonly string[] }
  | { readonly classFolders: string };

/** What says it, where a folder has several of these. */
export interface AskedPlace extends Pick<LabelOptions, "task" | "columns" | "label" | "like"> {
  /** A table; its paths of images are relative to the folder. Default: one of `labelFiles` in it. */
  labels?: string;
  /** Which set is read of a folder that has a file of labels for each. Default: train. */
  set?: SetOfFiles;
}

/**
 * A table that names images is a file of labels. Where a folder has several of what may say it, `labels` comes first, and
 * classification prefers class folders unless a column is named.
 * @throws {UserError} if there is no such folder, or nothing there says it for the task
 */
export async function placeOfImages(path: string, asked: AskedPlace): Promise<ImagePlace> {
  const { task, labels, set, like } = asked;
  if (isTable(path) && (await stat(path).catch(() => undefined))?.isFile()) {
    if (labels !== undefined)
      throw new UserError(`${path} is a table of images and says their labels itself; leave --labels out`);
    const file = resolve(path);
    return { file: { root: dirname(file), labels: file }, folders: [] };
  }
  const archives = await namedArchives(path);
  if (archives) {
    if (labels !== undefined)
      throw new UserError(`${path} is an archive of images and says their labels itself; leave --labels out`);
    return { archives, notes: [] };
  }
  const classification = task === "classification";
  const root = await requireFolder(
    path,
    classification ? "with one folder of images per class" : "of images with a file of labels",
  );
  if (labels !== undefined) return { file: { root, labels }, folders: [root] };
  const column = like ? undefined : (asked.label ?? asked.columns?.[0]);
  const sets = await labelSetsIn(root);
  const hasLabels = Object.keys(sets).length > 0;
  const inside = await archivesIn(root);
  // An archive may lie beside what was unpacked from it.
  if (Object.keys(inside.sets).length > 0 && !hasLabels && !(await hasClassFolders(root, 1)))
    return { archives: archivesOf(path, inside.sets, set ?? "train"), notes: inside.notes };
  if (classification && (!hasLabels || (column === undefined && (await hasClassFolders(root))))) {
    if (column !== undefined)
      throw new UserError(
        `${path} has no file of labels, and ${asked.label === undefined ? "--columns" : "--label"} names its column ${named(column)}; leave it out where folders are the classes, or name the file with --labels`,
      );
    return { classFolders: path };
  }
  if (hasLabels) return { file: placeOf(path, sets, set ?? "train"), folders: [root] };
  throw new UserError(
    `${path} has no file of labels; put ${labelFiles[0]} beside the images, with a column 'file_name' and one for each ${task === "regression" ? "number" : "label"}, or name one with --labels`,
  );
}
