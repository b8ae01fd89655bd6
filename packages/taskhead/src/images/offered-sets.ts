import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { archivesIn } from "../data/archive/archives.js";
import type { SetOfFiles } from "../data/kind.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import type { ImageSource } from "./image-source.js";
import type { LabelPlace } from "./labels/label-sets.js";
import { labelSetsIn } from "./labels/labels-on-disk.js";
import { scanImages, type ScanOptions } from "./scan-images.js";

/** What lies beside the training images in the folder of a data set. */
export interface OfferedImages {
  validation?: ImageSource;
  test?: ImageSource;
  /** What is taken, and what is not and why; a sentence each. */
  said: string[];
}

/**
 * Finds the validation and test images of the folder that the training images are from, for whom names no others. Such as are of
 * no use, as a test set of which the labels are kept back, are left out, and said.
 * @param path as the training images' was given: what is no data set's folder offers nothing
 * @param wanted the sets that nobody has named
 */
export async function offeredImages(
  path: string,
  wanted: readonly Exclude<SetOfFiles, "train">[],
  options: ScanOptions & { like: ImageSource },
): Promise<OfferedImages> {
  const offered: OfferedImages = { said: [] };
  // Classes by folders, and a file that was named, are all that was meant.
  const isSets =
    options.like.labels !== null &&
    options.labels === undefined &&
    ((await stat(path).catch(() => undefined))?.isDirectory() ?? false);
  const sets = isSets ? await setsIn(resolve(path)) : {};
  for (const set of wanted) {
    const what = sets.train && sets[set];
    if (what === undefined) continue;
    try {
      offered[set] = await scanImages(path, { ...options, set });
      const [does, option] = set === "test" ? ["tests", "--test"] : ["validates", "--val"];
      offered.said.push(`${does} on ${what}, beside the training images (others are given with ${option})`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      offered.said.push(`${what} is not used as ${set} set: ${error.message}`);
    }
  }
  return offered;
}

/** The sets of a folder, and what people call them. */
async function setsIn(root: string): Promise<Partial<Record<SetOfFiles, string>>> {
  const found: Partial<Record<SetOfFiles, string>> = {};
  const places = await labelSetsIn(root);
  for (const [set, { labels, role }] of Object.entries(places) as [SetOfFiles, LabelPlace][])
    found[set] = role === undefined ? shown(labels) : `the images of ${set} in ${shown(labels)}`;
  if (Object.keys(found).length > 0) return found;
  for (const [set, archives] of Object.entries((await archivesIn(root)).sets) as [SetOfFiles, string[]][])
    found[set] =
      archives.length === 1 ? shown(archives[0]!) : `the ${archives.length} archives of ${set} in ${shown(root)}`;
  return found;
}
