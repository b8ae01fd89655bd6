import { dirname, resolve } from "node:path";
import { classListIn } from "../../data/classes/class-list.js";
import { shown } from "../../files/shown.js";
import { usualCache } from "../../files/usual-cache.js";
import { folderOf, openImageArchive } from "./archives-on-disk.js";
import type { ImageArchive } from "./image-archive.js";
import type { ImageSource } from "../image-source.js";
import type { LabelOptions } from "../labels/labelled-images.js";
import { classNamesBeside } from "../labels/labels-on-disk.js";
import { readArchives, type ImageArchives, type NamesBeside } from "./read-archives.js";

export interface ArchiveOptions extends Omit<LabelOptions, "role" | "classNames"> {
  /** Where archives that are compressed are unpacked. Default: the user's cache folder. */
  cache?: string;
}

/**
 * As `readArchives`, of archives on a disk.
 * @param path as it was asked for
 * @param archives absolute, at least one
 * @throws {UserError} if one cannot be read, or they are of no use for the task
 */
export async function scanArchives(
  path: string,
  archives: readonly string[],
  { cache = usualCache(), ...options }: ArchiveOptions,
): Promise<ImageSource> {
  return readArchives(await openArchives(path, archives, cache), options);
}

/** Archives on a disk, with the names of classes beside them. @throws {UserError} if one is none, damaged or cut short */
export async function openArchives(path: string, archives: readonly string[], cache: string): Promise<ImageArchives> {
  const root = folderOf(archives);
  const all: ImageArchive[] = [];
  for (const archive of archives) all.push(await openImageArchive(root, archive, cache));
  const labels = archives.length === 1 ? archives[0]! : resolve(path);
  const folders = [...new Set([...archives.map((one) => dirname(one)), root])];
  const namesOf = (columns: readonly string[]): Promise<NamesBeside> => namesBeside(folders, columns);
  return { root, labels, where: shown(labels), archives: all, namesOf };
}

/** What numbers of classes stand for: a file of classes beside the archives, else the README.md of a data set. */
async function namesBeside(folders: readonly string[], columns: readonly string[]): Promise<NamesBeside> {
  for (const folder of folders) {
    const list = await classListIn(folder);
    if (list)
      return {
        classNames: new Map(columns.map((name) => [name, list.names])),
        notes: [],
        said: `; numbers are classes of ${shown(list.file)}`,
      };
  }
  return { ...(await classNamesBeside(folders)), said: "" };
}
