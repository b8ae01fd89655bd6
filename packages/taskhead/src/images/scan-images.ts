import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { requireFolder } from "../data/folders.js";
import { UserError } from "../files/errors.js";
import { hasClassFolders, scanImageFolder } from "./image-folder.js";
import { inTermsOf, type ImageSource } from "./image-source.js";
import { scanLabelFile, type LabelOptions } from "./labelled-images.js";

export interface ScanOptions extends LabelOptions {
  /** A .csv, .tsv or .jsonl file; its paths of images are relative to the folder. Default: one of `labelFiles` in it. */
  labels?: string;
}

/** What a file of labels in the folder may be called, in the order in which they are looked for. */
export const labelFiles = ["metadata.csv", "metadata.jsonl", "labels.csv"] as const;

/**
 * Finds images and what is to be predicted of them: their folders are their classes, or a file beside them says it. Of the
 * two, classification prefers class folders, unless `labels` names a file.
 * @throws {UserError} if there is no such folder, or it is of no use for the task
 */
export async function scanImages(dir: string, { labels, ...options }: ScanOptions): Promise<ImageSource> {
  const { task, like, fewest } = options;
  const classification = task === "classification";
  const root = await requireFolder(
    dir,
    classification ? "with one folder of images per class" : "of images with a file of labels",
  );
  const file = labels ?? (await labelFileIn(root));
  const folders = classification && labels === undefined && (file === undefined || (await hasClassFolders(root)));
  if (folders) {
    const found = await scanImageFolder(dir, like ? 1 : fewest);
    return like ? inTermsOf(like, found) : found;
  }
  if (file !== undefined) return scanLabelFile(root, file, options);
  throw new UserError(
    `${dir} has no file of labels; put ${labelFiles[0]} beside the images, with a column 'file_name' and one for each ${task === "regression" ? "number" : "label"}, or name one with --labels`,
  );
}

/** The file of labels that lies in a folder. */
export async function labelFileIn(root: string): Promise<string | undefined> {
  const there = await readdir(root);
  const name = labelFiles.find((file) => there.includes(file));
  return name && join(root, name);
}
