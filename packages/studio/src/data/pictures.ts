import { isLabelFile, layoutNotes, subFoldersOf, UserError } from "taskhead/inputs";
import { inClassFolders } from "./class-folders.js";
import type { Roots } from "./grouping.js";
import { isHidden, pathOf, type PlacedFile } from "./placed-file.js";
import type { OfSet, SetPlaces } from "./sets.js";

/** A picture that somebody gave, and the class that its folder names. */
export interface Picture extends OfSet {
  readonly name: string;
  readonly label: string;
  /** Below the folder that its class is in; absent of one that was recorded. */
  readonly path?: string;
  /** Of which group it is; absent where none is named. */
  readonly group?: string;
  readonly file: Blob;
}

/** What a drop, a choice of files or a zip came to. */
export interface FoundPictures {
  readonly pictures: readonly Picture[];
  /** Absent where they were not given in sets. */
  readonly sets?: SetPlaces;
  readonly roots: Roots;
  /** What is left out, which sets are not used, and what looks like a mistake; a line each. */
  readonly notes: readonly string[];
}

/** More are too many for the memory of a tab. */
export const mostPictures = 20_000;

export const pictureNames = /\.(jpe?g|jpe|jfif|png|webp|gif|bmp|avif|hei[cf]s?|hif)$/i;

/**
 * Pictures by the class folders that they are in. Hidden files and what systems put there are passed over.
 * @param labels paths of tables that say something of the pictures, besides those that are called so
 * @throws {UserError} if there are no two classes, or too many pictures
 */
export function picturesByFolder(files: readonly PlacedFile[], labels: readonly string[] = []): FoundPictures {
  const own = files.filter((file) => !isHidden(file));
  const all = own.filter((file) => pictureNames.test(file.path)).map((one) => ({ name: pathOf(one), file: one.file }));
  const { samples: pictures, notes, ...sets } = inClassFolders(all);
  const [only, ...others] = classesOf(pictures);
  if (only === undefined)
    throw new UserError(
      `${all.length === 1 ? `${all[0]!.name} is` : `${all.length} pictures, such as ${all[0]!.name}, are`} in no class folder; give a folder that holds one folder of pictures for each class, or with a metadata.csv that says what is on each`,
    );
  if (others.length === 0)
    throw new UserError(
      `there is only one class, '${only}'; give a folder that holds one folder of pictures for each class`,
    );
  if (pictures.length > mostPictures)
    throw new UserError(
      `there are ${pictures.length} pictures, and ${mostPictures} are as many as a tab takes; give fewer`,
    );
  return { pictures, ...sets, notes: [...notes, ...notesOf(sets.roots.train!, all), ...unread(own, labels)] };
}

/** Sorted. */
export function classesOf(pictures: readonly Pick<Picture, "label">[]): string[] {
  return [...new Set(pictures.map(({ label }) => label))].sort();
}

/** What looks like a mistake in how those are sorted that are trained on. */
function notesOf(root: string, all: readonly { readonly name: string }[]): string[] {
  const inside = all.flatMap(({ name }) => (name.startsWith(root) ? [name.slice(root.length)] : []));
  const where = root.slice(0, -1) || "what was given";
  const files = inside.filter((path) => !path.includes("/"));
  return layoutNotes({ where, folders: subFoldersOf(inside), files });
}

/** Files of labels, and what is no picture. */
function unread(files: readonly PlacedFile[], named: readonly string[]): string[] {
  const others = files.filter((file) => !pictureNames.test(file.path));
  const labels = others.filter((file) => isLabelFile(pathOf(file)) || named.includes(pathOf(file)));
  const more = others.filter((file) => !labels.includes(file));
  const [first] = more;
  return [
    ...labels.map((file) => `${pathOf(file)} is not read, as folders are the classes`),
    ...(first
      ? [`${pathOf(first)}${more.length > 1 ? ` and ${more.length - 1} more are` : " is"} no picture, and not read`]
      : []),
  ];
}
