import {
  classesFrom,
  classesIn,
  classesName,
  classesOf,
  coloursLackClasses,
  MaskError,
  maskFoldersAmong,
  pairsOf,
  readPng,
  UserError,
  usualIgnore,
  type MaskClasses,
  type RawPng,
} from "taskhead/inputs";
import { inflate } from "./inflate.js";
import { pictureNames } from "./pictures.js";
import { isHidden, partsOf, pathOf, type PlacedFile } from "./placed-file.js";

/** A picture, and a class for each of its pixels. */
export interface MaskedPicture {
  readonly name: string;
  readonly picture: Blob;
  /** A PNG of stored values. */
  readonly mask: Blob;
  readonly maskName: string;
  /** Of the mask. */
  readonly width: number;
  readonly height: number;
}

/** Pictures with masks, and what their values stand for. */
export interface FoundMasks {
  readonly pictures: readonly MaskedPicture[];
  readonly classes: MaskClasses;
  /** The value that does not count; null where all do. */
  readonly ignore: number | null;
  /** Of each class the part of all pixels that count. */
  readonly shares: readonly number[];
  /** What was read from where: a sentence. */
  readonly said: string;
  /** What is left out, and how classes are called; a line each. */
  readonly notes: readonly string[];
}

/** More are too many for the memory of a tab. */
const mostPictures = 5_000;

/** Where pictures and masks lie among what was given. */
interface Folder {
  /** As people call it. */
  readonly where: string;
  readonly root: readonly string[];
  readonly images: string;
  readonly masks: string;
}

/**
 * Pictures in `images/` with the PNGs of their classes in `masks/`, paired by name.
 * @returns undefined where there are no such folders
 * @throws {UserError} if they do not fit together, or a mask cannot be read
 */
export async function masksIn(files: readonly PlacedFile[]): Promise<FoundMasks | undefined> {
  const own = files.filter((file) => !isHidden(file));
  const folder = folderIn(own);
  if (!folder) return undefined;
  const { where, root, images: imagesDir, masks: masksDir } = folder;
  const byPath = new Map(own.map((file) => [pathOf(file), file.file]));
  const inside = (dir: string): string[] => {
    const start = `${[...root, dir].join("/")}/`;
    return [...byPath.keys()].flatMap((path) => (path.startsWith(start) ? [path.slice(start.length)] : []));
  };
  const { files: pairs, notes } = pairsOf(
    { where, imagesDir, masksDir },
    inside(imagesDir).filter((path) => pictureNames.test(path)),
    inside(masksDir).filter((path) => /\.png$/i.test(path)),
  );
  if (pairs.length > mostPictures)
    throw new UserError(
      `${where} has ${pairs.length} pictures with masks, and a tab takes ${mostPictures}; give fewer, or use taskhead tune`,
    );
  const at = (path: string): string => [...root, path].join("/");
  const known = await classesBeside(root, byPath);
  const seen = new Map<number, number>();
  const pictures: MaskedPicture[] = [];
  for (const { path, mask } of pairs) {
    const [name, maskName] = [at(path), at(mask)];
    const raw = await rawMask(byPath.get(maskName)!, maskName);
    if (!known && raw.channels === 3) throw coloursLackClasses(maskName, `as ${classesName} beside ${imagesDir}/`);
    const counted = known ? classesOf(raw, maskName, known.classes, known.ignore).classes : raw.values;
    for (const value of counted) seen.set(value, (seen.get(value) ?? 0) + 1);
    const { width, height } = raw;
    pictures.push({ name, picture: byPath.get(name)!, mask: byPath.get(maskName)!, maskName, width, height });
  }
  const { classes, ignore, notes: ofValues } = known ?? classesFrom(new Set(seen.keys()), where);
  // Without a file of classes values were counted, in its terms places of classes.
  const countOf = (value: number, place: number): number => seen.get(known ? place : value) ?? 0;
  const counts = classes.names.map(() => 0);
  for (const [value, place] of classes.places) counts[place] = countOf(value, place);
  const all = counts.reduce((a, b) => a + b, 0);
  return {
    pictures,
    classes,
    ignore: ignore ?? null,
    shares: counts.map((count) => (all > 0 ? count / all : 0)),
    said: `reads pictures from ${where}/${imagesDir} and the class of each pixel from ${where}/${masksDir}`,
    notes: [...notes, ...ofValues],
  };
}

/** @throws {UserError} where it is no PNG that can be read */
export async function rawMask(file: Blob, name: string): Promise<RawPng> {
  const raw = readPng(new Uint8Array(await file.arrayBuffer()), inflate);
  if (typeof raw === "string") throw new MaskError(name, raw);
  return raw;
}

/** The folders that lie highest; of several pairs the one in a folder that is called train. */
function folderIn(files: readonly PlacedFile[]): Folder | undefined {
  const below = new Map<string, Set<string>>();
  for (const file of files) {
    const parts = partsOf(file);
    parts.slice(0, -1).forEach((part, depth) => {
      const root = parts.slice(0, depth).join("/");
      below.set(root, (below.get(root) ?? new Set()).add(part));
    });
  }
  const found = [...below].flatMap(([path, names]): Folder[] => {
    const named = maskFoldersAmong([...names]);
    const root = path.split("/").filter((part) => part !== "");
    const where = root.join("/") || "what was given";
    const inMasks = `${[...root, named?.masks].join("/")}/`;
    const hasMasks = files.some((file) => pathOf(file).startsWith(inMasks) && /\.png$/i.test(file.path));
    return named && hasMasks ? [{ where, root, ...named }] : [];
  });
  const highest = Math.min(...found.map(({ root }) => root.length));
  const beside = found.filter(({ root }) => root.length === highest);
  const named = beside.filter(({ root }) => /^train/i.test(root.at(-1) ?? ""));
  const [one, ...others] = beside.length > 1 ? named : beside;
  if (beside.length > 1 && (!one || others.length > 0))
    throw new UserError(
      `there are several folders of pictures with masks (${beside.map(({ where }) => where).join(", ")}), and not one is called train; give one of them`,
    );
  return one;
}

/** What a file of classes says, beside the folders or above them. */
async function classesBeside(root: readonly string[], byPath: ReadonlyMap<string, Blob>) {
  const places = [root, root.slice(0, -1)].map((folder) => [...folder, classesName].join("/"));
  const path = places.find((one) => byPath.has(one));
  if (path === undefined) return undefined;
  const classes = classesIn(jsonOf(await byPath.get(path)!.text(), path), path);
  return { classes, ignore: classes.ignore ?? usualIgnore, notes: [] };
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new UserError(`${path} is no JSON; write the names of the classes as a list`);
  }
}
