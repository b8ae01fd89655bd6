import { isHidden, partsOf, pathOf, type PlacedFile } from "./placed-file.js";
import { isLabelFile } from "taskhead/inputs";
import { inSets, type OfSet, type SetPlaces } from "./sets.js";

/** A picture that somebody gave, and the class that its folder names. */
export interface Picture extends OfSet {
  readonly name: string;
  readonly label: string;
  readonly file: Blob;
}

/** What a drop, a choice of files or a zip came to. */
export interface FoundPictures {
  readonly pictures: readonly Picture[];
  /** Files that are no pictures, what is in no class folder, and sets that are not used. */
  readonly passedOver: number;
  /** Absent where they were not given in sets. */
  readonly sets?: SetPlaces;
  /** Which sets are not used, and why, and files of labels that are not read; a line each. */
  readonly notes: readonly string[];
}

/** More are too many for the memory of a tab. */
export const mostPictures = 20_000;

export const pictureNames = /\.(jpe?g|jpe|jfif|png|webp|gif|bmp|avif|hei[cf]s?|hif)$/i;

/**
 * Pictures by class: a picture's class is the folder that it lies in. Where all of these lie in folders that are called as sets
 * (`train`, `val`, `test`), they are of these. Hidden files and what systems put there are passed over.
 * @throws {Error} in words for people, if there are no two classes, or too many pictures
 */
export function picturesByFolder(files: readonly PlacedFile[]): FoundPictures {
  const found = files.flatMap((placed): Picture[] => {
    const parts = partsOf(placed);
    const [label, name] = parts.slice(-2);
    return name === undefined || isHidden(placed) || !pictureNames.test(name)
      ? []
      : [{ name: parts.join("/"), label: label!, file: placed.file }];
  });
  const { samples: pictures, ...own } = inSets(found);
  const classes = classesOf(pictures);
  if (classes.length < 2)
    throw new Error(
      classes.length === 0
        ? "there are no pictures in folders: give a folder that holds one folder of pictures for each class, or with a metadata.csv that says what is on each"
        : `there is only one class, '${classes[0]}': give a folder that holds one folder of pictures for each class`,
    );
  if (pictures.length > mostPictures)
    throw new Error(
      `there are ${pictures.length} pictures, and ${mostPictures} are as many as a tab takes: give fewer`,
    );
  const labels = files.filter((file) => !isHidden(file) && isLabelFile(pathOf(file)));
  const notes = labels.map((file) => `${pathOf(file)} is not read, as folders are the classes`);
  return { pictures, ...own, notes: [...own.notes, ...notes], passedOver: files.length - pictures.length };
}

/** Sorted. */
export function classesOf(pictures: readonly Pick<Picture, "label">[]): string[] {
  return [...new Set(pictures.map(({ label }) => label))].sort();
}
