import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What folders of pictures, and of the masks that belong to them, are called, lower case. */
const ofImages = ["images", "image", "imgs", "img", "jpegimages", "leftimg8bit", "pictures", "photos", "rgb"];
const ofMasks = ["masks", "mask", "labels", "annotations", "segmentationclass", "gtfine", "gt", "groundtruth"];

/** A folder of pictures, and the one of masks beside it; absolute where the folder above is. */
export interface MaskFolders {
  readonly images: string;
  readonly masks: string;
}

/**
 * The two in a folder; undefined unless it has one of each, and masks as PNG in theirs, or in folders there. An empty one is
 * theirs too, which whoever reads it says: no class of pictures is empty.
 */
export function maskFoldersIn(dir: string): MaskFolders | undefined {
  const names = foldersIn(dir);
  const [images, masks] = [ofImages, ofMasks].map(
    (known) => known.flatMap((one) => names.filter((n) => n.toLowerCase() === one))[0],
  );
  if (images === undefined || masks === undefined) return undefined;
  const found = { images: join(dir, images), masks: join(dir, masks) };
  const inside = readdirSync(found.masks);
  const below = foldersIn(found.masks).map((name) => join(found.masks, name));
  return inside.length === 0 || hasPng(found.masks) || below.some(hasPng) ? found : undefined;
}

function hasPng(dir: string): boolean {
  return readdirSync(dir).some((name) => /\.png$/i.test(name));
}

function foldersIn(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => statSync(join(dir, name), { throwIfNoEntry: false })?.isDirectory());
  } catch {
    // Whoever reads it says what is wrong with it.
    return [];
  }
}
