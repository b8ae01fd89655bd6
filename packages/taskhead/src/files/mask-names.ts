/** What folders of pictures, and of the masks that belong to them, are called, lower case. */
const ofImages = ["images", "image", "imgs", "img", "jpegimages", "leftimg8bit", "pictures", "photos", "rgb"];
const ofMasks = ["masks", "mask", "labels", "annotations", "segmentationclass", "gtfine", "gt", "groundtruth"];

/** A folder of pictures, and the one of masks beside it. */
export interface MaskFolders {
  readonly images: string;
  readonly masks: string;
}

/** The two among the names of folders that lie side by side; undefined unless there is one of each. */
export function maskFoldersAmong(names: readonly string[]): MaskFolders | undefined {
  const [images, masks] = [ofImages, ofMasks].map(
    (known) => known.flatMap((one) => names.filter((name) => name.toLowerCase() === one))[0],
  );
  return images === undefined || masks === undefined ? undefined : { images, masks };
}
