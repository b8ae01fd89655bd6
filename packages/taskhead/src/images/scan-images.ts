import { dirname } from "node:path";
import { scanImageFolder } from "./folders/image-folder.js";
import { inTermsOf, type ImageSource } from "./image-source.js";
import type { LabelPlace } from "./labels/label-sets.js";
import { classNamesBeside } from "./labels/labels-on-disk.js";
import { scanLabelFile } from "./labels/scan-label-file.js";
import { scanArchives, type ArchiveOptions } from "./archives/scan-archives.js";
import { placeOfImages, type AskedPlace } from "./place-of-images.js";

export type ScanOptions = ArchiveOptions & Pick<AskedPlace, "labels" | "set">;

/**
 * Finds images and what is to be predicted of them: their folders are their classes, a file beside them says it, a table is given
 * that names them, or they lie in archives.
 * @throws {UserError} if there is no such folder, or it is of no use for the task
 */
export async function scanImages(path: string, { labels, set, ...options }: ScanOptions): Promise<ImageSource> {
  const { like, fewest } = options;
  const place = await placeOfImages(path, { ...options, labels, set });
  if ("file" in place) return scanPlace(place.file, place.folders, options);
  if ("archives" in place) {
    const source = await scanArchives(path, place.archives, options);
    return { ...source, notes: [...place.notes, ...source.notes] };
  }
  const found = await scanImageFolder(place.classFolders, like ? 1 : fewest);
  return like ? inTermsOf(like, found) : found;
}

async function scanPlace(
  { root, labels, role }: LabelPlace,
  folders: readonly string[],
  options: ArchiveOptions,
): Promise<ImageSource> {
  const { classNames, notes } = await classNamesBeside([...folders, dirname(labels)]);
  const source = await scanLabelFile(root, labels, { ...options, classNames, ...(role ? { role } : {}) });
  return notes.length > 0 ? { ...source, notes: [...notes, ...source.notes] } : source;
}
