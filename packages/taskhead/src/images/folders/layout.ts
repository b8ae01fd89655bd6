import { namesOfSets, roleOf, roleOfWord, wordsOf, type Role } from "../../data/sets/roles.js";
import { endingOf } from "../../files/ending.js";
import { imageName } from "../../files/image-names.js";
import { list } from "../../words/format.js";

/** Folders that hold no classes, told by their names, and what to do with them. */

/** What a folder has in it, as far as its layout goes. */
export interface SubFolder {
  readonly name: string;
  /** Images in it or below it. */
  readonly images: number;
  /** Images in it, not below. */
  readonly direct: number;
  /** Folders in it. */
  readonly folders: readonly string[];
  /** Endings of the other files in it or below it, lower case: `.json`. */
  readonly otherFiles: ReadonlySet<string>;
}

/** What is in each folder among some files. @param paths of files, relative to the folder above, with `/` */
export function subFoldersOf(paths: readonly string[]): SubFolder[] {
  const found = new Map<string, { files: string[][]; folders: Set<string> }>();
  for (const path of paths) {
    const [name, ...inner] = path.split("/");
    if (inner.length === 0) continue;
    const folder = found.get(name!) ?? { files: [], folders: new Set() };
    found.set(name!, folder);
    folder.files.push(inner);
    if (inner.length > 1) folder.folders.add(inner[0]!);
  }
  return [...found].map(([name, { files, folders }]) => {
    const isImage = (inner: readonly string[]): boolean => imageName.test(inner.at(-1)!);
    const images = files.filter(isImage);
    const others = files.filter((inner) => !isImage(inner));
    return {
      name,
      images: images.length,
      direct: images.filter((inner) => inner.length === 1).length,
      folders: [...folders],
      otherFiles: new Set(others.map((inner) => endingOf(inner.at(-1)!))),
    };
  });
}

/** Whether folders have images of two classes, or of as many as are needed. @param dir that they are in */
export function areClassFolders(dir: string, folders: readonly SubFolder[], fewest = 2): boolean {
  const found = folders.filter(({ images }) => images > 0);
  return found.length >= fewest && otherLayout(dir, folders) === undefined && !namesOfSets(found);
}

const imageWords = new Set([
  "image",
  "images",
  "img",
  "imgs",
  "jpegimages",
  "leftimg",
  "bit",
  "photos",
  "pictures",
  "rgb",
]);
const targetWords = new Set(
  (
    "mask masks label labels annotation annotations annots segmentation segmentations segmentationclass " +
    "segmentationobject gt gtfine gtcoarse groundtruth imagesets bbox bboxes"
  ).split(" "),
);
const ofAnnotations = new Set([".xml", ".txt", ".json"]);

/**
 * Why a folder that should hold one for each class holds something else: sets of images, or images and their masks or
 * boxes. Undefined where nothing says so.
 * @param dir as the user gave it
 */
export function otherLayout(dir: string, folders: readonly SubFolder[]): string | undefined {
  const targets = folders.filter(({ name }) => kindOf(name) === "targets");
  const others = folders.filter(({ name }) => kindOf(name) !== "targets");
  const annotated = targets.some(({ images, otherFiles }) => images > 0 || overlaps(otherFiles, ofAnnotations));
  if (annotated && others.length > 0 && others.every(({ name }) => kindOf(name) === "images" || roleOf(name)))
    return `${dir} holds ${told(folders)}: ${notClassified}`;
  const sets = folders.filter(({ images }) => images > 0);
  if (sets.length === 0 || !sets.every(({ name, direct }) => roleOf(name) && direct === 0)) return undefined;
  if (sets.every(({ folders: inner }) => holdsBoth(inner))) {
    const masked = sets.every(({ folders: inner }) => inner.some((name) => /mask|segm|^gt/i.test(name)));
    return masked
      ? `${dir} holds ${told(sets)}, each with images and their masks; did you mean ${asSets(dir, sets)}?`
      : `${dir} holds ${told(sets)}, with images and their annotations: ${notClassified}`;
  }
  return `${dir} holds ${told(sets)}, which ${sets.length === 1 ? "is a set" : "are sets"} of images and no classes; did you mean ${asSets(dir, sets)}?`;
}

/** Whether images lie with a file of boxes for each, or one for all. @param files of one folder, images too */
export function isAnnotated(files: readonly string[], isImage: (name: string) => boolean): boolean {
  const stem = (name: string): string => name.slice(0, name.lastIndexOf("."));
  const boxes = new Set(files.filter((name) => /\.(xml|txt|json)$/i.test(name)).map(stem));
  const images = files.filter(isImage);
  return (
    images.length > 0 &&
    (files.some((name) => /coco.*\.json$/i.test(name)) ||
      images.filter((name) => boxes.has(stem(name))).length > images.length / 2)
  );
}

/** `pictures/train --val pictures/val` */
function asSets(dir: string, sets: readonly SubFolder[]): string {
  const of = (role: Role): string | undefined => sets.find(({ name }) => roleOf(name) === role)?.name;
  const [train, val, test] = [of("train"), of("val"), of("test")];
  const path = (name: string): string => `${dir.replace(/[\\/]+$/, "")}/${name}`;
  if (train === undefined) return `one of them (${sets.map(({ name }) => path(name)).join(", ")})`;
  return [path(train), ...(val ? [`--val ${path(val)}`] : []), ...(test ? [`--test ${path(test)}`] : [])].join(" ");
}

function holdsBoth(inner: readonly string[]): boolean {
  return inner.some((name) => kindOf(name) === "targets") && inner.some((name) => kindOf(name) === "images");
}

/** What taskhead has no use for, and what it has. */
export const notClassified =
  "a data set for detection, or for segmentation without images/ and masks/ of PNG masks; give those two, a folder of images per class, or a file that says what is on each image with --labels";

/** Whether a folder holds images or what belongs to them, by every word of its name: `train_images`, `val-masks`. */
function kindOf(name: string): "images" | "targets" | undefined {
  const words = wordsOf(name).filter((word) => !roleOfWord(word));
  if (words.length === 0) return undefined;
  if (
    words.some((word) => targetWords.has(word)) &&
    words.every((word) => targetWords.has(word) || imageWords.has(word))
  )
    return "targets";
  return words.every((word) => imageWords.has(word)) ? "images" : undefined;
}

function overlaps(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...some].some((one) => others.has(one));
}

/** "train/ and val/" */
function told(folders: readonly { name: string }[]): string {
  const names = folders.slice(0, 6).map(({ name }) => `${name}/`);
  if (folders.length > names.length) names.push("…");
  return list(names);
}
