import { compare } from "../data/compare.js";
import { listed } from "../data/listed.js";
import { endingOf } from "../files/ending.js";
import { UserError } from "../files/errors.js";

/** A picture and its mask, relative to the folder, with `/`. */
export interface MaskedFile {
  readonly path: string;
  readonly mask: string;
}

/** Where pictures and masks lie. */
export interface MaskPlaces {
  /** The folder of both, as people call it. */
  readonly where: string;
  /** Relative to it. */
  readonly imagesDir: string;
  readonly masksDir: string;
}

/**
 * Pictures with their masks; of those without the first are named.
 * @param images relative to theirs, with `/`
 * @param masks PNGs, likewise
 * @throws {UserError} if none fits together
 */
export function pairsOf(
  { where, imagesDir, masksDir }: MaskPlaces,
  images: readonly string[],
  masks: readonly string[],
): { files: MaskedFile[]; notes: string[] } {
  const stem = (path: string): string => path.slice(0, path.length - endingOf(path).length);
  const byName = new Map(masks.map((mask) => [stem(mask), mask]));
  // Cityscapes and others give the mask a suffix of its own.
  const suffixed = new Map(masks.map((mask) => [stem(mask).replace(/[_-](mask|label|labelids|gt|seg|l)$/i, ""), mask]));
  const maskOf = (image: string): string | undefined => byName.get(stem(image)) ?? suffixed.get(stem(image));
  const files = images.toSorted(compare).flatMap((image): MaskedFile[] => {
    const mask = maskOf(image);
    return mask === undefined ? [] : [{ path: `${imagesDir}/${image}`, mask: `${masksDir}/${mask}` }];
  });
  const lacking =
    images.length === 0
      ? `${where}/${imagesDir} has no image; put pictures there, and the mask of each under its name in ${masksDir}/`
      : masks.length === 0
        ? `${where}/${masksDir} has no PNG mask; put one there for each picture in ${imagesDir}/, under its name`
        : undefined;
  if (lacking !== undefined) throw new UserError(lacking);
  if (files.length === 0)
    throw new UserError(
      `no image in ${where}/${imagesDir} has a mask of its name in ${where}/${masksDir}: there are ${listed(images.slice(0, 2))} and ${listed(masks.slice(0, 2))}; call both alike`,
    );
  const taken = new Set(files.map(({ mask }) => mask));
  const [lonely, spare] = [
    images.filter((one) => maskOf(one) === undefined),
    masks.filter((one) => !taken.has(`${masksDir}/${one}`)),
  ];
  const missing = (these: readonly string[], what: string): string[] =>
    these.length === 0 ? [] : [`left out ${these.length} ${what}: ${listed(these)}`];
  return {
    files,
    notes: [
      ...missing(lonely, `of ${images.length} images in ${where}/${imagesDir} without a mask`),
      ...missing(spare, `of ${masks.length} masks in ${where}/${masksDir} without an image`),
    ],
  };
}
