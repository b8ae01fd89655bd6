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
  roleOf,
  setOfRole,
  UserError,
  usualIgnore,
  type MaskClasses,
  type RawPng,
} from "taskhead/inputs";
import type { Roots } from "./grouping.js";
import { inflate } from "./inflate.js";
import { pictureNames } from "./pictures.js";
import { isHidden, partsOf, pathOf, type PlacedFile } from "./placed-file.js";
import { notUsed, otherSets, type OfSet, type SetName, type SetPlaces } from "./sets.js";

/** A picture, and a class for each of its pixels. */
export interface MaskedPicture extends OfSet {
  readonly name: string;
  /** Below the folder that `images/` is in. */
  readonly path: string;
  /** Of which group it is; absent where none is named. */
  readonly group?: string;
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
  /** Absent where they were not given in sets. */
  readonly sets?: SetPlaces;
  readonly roots: Roots;
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
 * Pictures in `images/` with the PNGs of their classes in `masks/`, paired by name. Of several such folders side by side those are
 * read that are called as sets (`train`, `val`, `test`); one that cannot be used is left out, and said.
 * @returns undefined where there are no such folders
 * @throws {UserError} if they do not fit together, or a mask cannot be read
 */
export async function masksIn(files: readonly PlacedFile[]): Promise<FoundMasks | undefined> {
  const own = files.filter((file) => !isHidden(file));
  const folders = foldersIn(own);
  if (!folders) return undefined;
  const byPath = new Map(own.map((file) => [pathOf(file), file.file]));
  const { where, images, masks } = folders.train;
  const train = await readFolder(folders.train, byPath);
  const { classes, ignore } = train;
  const pictures: MaskedPicture[] = [];
  const sets: Partial<Record<SetName, string>> = { train: where };
  const roots: Partial<Record<SetName, string>> = { train: startOf(folders.train) };
  const notes = [...train.notes];
  const seen = new Map(train.seen);
  for (const set of otherSets) {
    const folder = folders[set];
    if (!folder) continue;
    try {
      const others = await readFolder(folder, byPath, { where, classes, ignore });
      pictures.push(...others.pictures.map((one) => ({ ...one, set })));
      for (const [place, count] of others.seen) seen.set(place, (seen.get(place) ?? 0) + count);
      notes.push(...others.notes);
      sets[set] = folder.where;
      roots[set] = startOf(folder);
    } catch (error) {
      notes.push(notUsed(folder.where, set, error));
    }
  }
  const apart = pictures.length > 0;
  const first = apart ? train.pictures.map((one): MaskedPicture => ({ ...one, set: "train" })) : train.pictures;
  const all = [...first, ...pictures];
  if (all.length > mostPictures)
    throw new UserError(
      `${where} has ${all.length} pictures with masks, and a tab takes ${mostPictures}; give fewer, or use taskhead tune`,
    );
  const counts = classes.names.map((_, place) => seen.get(place) ?? 0);
  const pixels = counts.reduce((a, b) => a + b, 0);
  return {
    pictures: all,
    classes,
    ignore: ignore ?? null,
    shares: counts.map((count) => (pixels > 0 ? count / pixels : 0)),
    said: `reads pictures from ${where}/${images} and the class of each pixel from ${where}/${masks}`,
    notes,
    roots,
    ...(apart ? { sets } : {}),
  };
}

/** What the paths of all that is in a folder begin with. */
function startOf({ root }: Folder): string {
  return root.map((part) => `${part}/`).join("");
}

/** Classes that values stand for, and the value that does not count. */
interface KnownClasses {
  readonly classes: MaskClasses;
  readonly ignore: number | undefined;
}

/** What the pictures and masks of a folder came to. */
interface ReadFolder extends KnownClasses {
  readonly pictures: readonly MaskedPicture[];
  /** Of each class, by its place, how many pixels have it. */
  readonly seen: ReadonlyMap<number, number>;
  readonly notes: readonly string[];
}

/** @param like what is trained on, whose classes these have to be @throws {UserError} if they cannot be used */
async function readFolder(
  { where, root, images: imagesDir, masks: masksDir }: Folder,
  byPath: ReadonlyMap<string, Blob>,
  like?: KnownClasses & { readonly where: string },
): Promise<ReadFolder> {
  const inside = (dir: string): string[] => {
    const start = `${[...root, dir].join("/")}/`;
    return [...byPath.keys()].flatMap((path) => (path.startsWith(start) ? [path.slice(start.length)] : []));
  };
  const { files: pairs, notes } = pairsOf(
    { where, imagesDir, masksDir },
    inside(imagesDir).filter((path) => pictureNames.test(path)),
    inside(masksDir).filter((path) => /\.png$/i.test(path)),
  );
  const at = (path: string): string => [...root, path].join("/");
  const beside = await classesBeside(root, byPath);
  if (like && beside) requireSameClasses({ where, ...beside }, like);
  const known = like ?? beside;
  const seen = new Map<number, number>();
  const pictures: MaskedPicture[] = [];
  for (const { path, mask } of pairs) {
    const [name, maskName] = [at(path), at(mask)];
    const raw = await rawMask(byPath.get(maskName)!, maskName);
    if (!known && raw.channels === 3) throw coloursLackClasses(maskName, `as ${classesName} beside ${imagesDir}/`);
    const counted = known ? classesOf(raw, maskName, known.classes, known.ignore).classes : raw.values;
    for (const value of counted) seen.set(value, (seen.get(value) ?? 0) + 1);
    const { width, height } = raw;
    pictures.push({ name, path, picture: byPath.get(name)!, mask: byPath.get(maskName)!, maskName, width, height });
  }
  if (known) return { pictures, seen, notes, classes: known.classes, ignore: known.ignore };
  // Without a file of classes values were counted.
  const { classes, ignore, notes: ofValues } = classesFrom(new Set(seen.keys()), where);
  const places = new Map([...classes.places].map(([value, place]) => [place, seen.get(value) ?? 0]));
  return { pictures, seen: places, notes: [...notes, ...ofValues], classes, ignore };
}

/** @throws {UserError} where a value stands for another class */
function requireSameClasses(
  { where, classes: { names, places } }: KnownClasses & { readonly where: string },
  { where: train, classes }: KnownClasses & { readonly where: string },
): void {
  for (const [value, place] of places)
    if (classes.names[classes.places.get(value) ?? -1] !== names[place])
      throw new UserError(
        `the file of classes of ${where} has '${names[place]!}' for ${value}, and not that of ${train}; both need the same classes`,
      );
}

/** @throws {UserError} where it is no PNG that can be read */
export async function rawMask(file: Blob, name: string): Promise<RawPng> {
  const raw = readPng(new Uint8Array(await file.arrayBuffer()), inflate);
  if (typeof raw === "string") throw new MaskError(name, raw);
  return raw;
}

/** The folders that lie highest; of several pairs those in folders that are called as sets. */
function foldersIn(files: readonly PlacedFile[]): ({ train: Folder } & Partial<Record<SetName, Folder>>) | undefined {
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
  const [only, ...more] = beside;
  if (!only || more.length === 0) return only && { train: only };
  const named = beside.filter(({ root }) => /^train/i.test(root.at(-1) ?? ""));
  const [train, ...others] = named;
  if (!train || others.length > 0)
    throw new UserError(
      `there are several folders of pictures with masks (${beside.map(({ where }) => where).join(", ")}), and not one is called train; give one of them`,
    );
  const sets: { train: Folder } & Partial<Record<SetName, Folder>> = { train };
  for (const folder of beside) {
    const role = roleOf(folder.root.at(-1)!);
    if (role) sets[setOfRole[role]] ??= folder;
  }
  return sets;
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
