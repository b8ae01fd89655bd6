import { dirname } from "node:path";
import type { GuessedTask } from "../data/tables/usual-task.js";
import type { AskedTargets } from "../data/tables/target-columns.js";
import { shown } from "../files/shown.js";
import { usualCache } from "../files/usual-cache.js";
import { taskOfArchives } from "./archives/read-archives.js";
import { openArchives } from "./archives/scan-archives.js";
import { readLabelFile } from "./labels/label-file.js";
import { classNamesBeside } from "./labels/labels-on-disk.js";
import { taskOfLabels } from "./labels/task-of-labels.js";
import { placeOfImages, type AskedPlace } from "./place-of-images.js";

/** What is asked for of training images: without the file of labels, `labels` are columns. */
export interface AskedOfImages extends Omit<AskedTargets, "task"> {
  readonly file?: AskedPlace["labels"];
  /** Where archives that are compressed are unpacked. Default: the user's cache folder. */
  readonly cache?: string;
}

/**
 * What is learnt of training images on a disk where nobody says it: what the file of labels says, of archives the first; where
 * folders are read as classes, classes are.
 * @throws {UserError} if there are no images, or it cannot be read what is said of them
 */
export async function taskOfImages(
  path: string,
  { file, cache = usualCache(), ...asked }: AskedOfImages,
): Promise<GuessedTask> {
  const { label, labels: columns } = asked;
  const place = await placeOfImages(path, { task: "classification", labels: file, label, columns });
  if ("file" in place) {
    const { labels } = place.file;
    const { classNames: own = [], ...table } = await readLabelFile(labels);
    const beside = await classNamesBeside([...place.folders, dirname(labels)]);
    const classNames = new Map([...own, ...beside.classNames]);
    return taskOfLabels(shown(labels), { ...table, classNames }, asked);
  }
  if ("classFolders" in place) return { task: "classification" };
  return taskOfArchives(await openArchives(path, place.archives.slice(0, 1), cache), asked);
}
