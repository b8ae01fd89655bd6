import { readFile } from "node:fs/promises";
import { join, parse, relative, resolve } from "node:path";
import type { Groups } from "@taskhead/core/internals";
import type { FoundSet } from "../data/kind.js";
import { concurrently } from "../data/concurrently.js";
import { compare, requireFolder } from "../data/folders.js";
import { groupNotes } from "../data/groups.js";
import { listed } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { maskFoldersIn } from "../files/mask-folders.js";
import { sha256 } from "../files/sha256.js";
import { shown } from "../files/shown.js";
import { fingerprint, groupedFingerprint } from "../images/fingerprint.js";
import { groupsOfImages } from "../images/groups.js";
import { imagesIn } from "../images/image-folder.js";
import { classesFileOf, classesOfValues, readClasses, type MaskClasses } from "./classes.js";
import { MaskError, readRawMask, valuesIn } from "./mask.js";
import { pngHeader } from "./png.js";

/** A picture and its mask, relative to the folder, with `/`. */
export interface MaskedFile {
  readonly path: string;
  readonly mask: string;
}

/** A folder of pictures and masks before any picture is decoded. */
export interface FoundMasks extends FoundSet {
  /** Absolute. */
  readonly root: string;
  readonly files: readonly MaskedFile[];
  readonly classes: MaskClasses;
  /** The value that does not count; undefined where all do. */
  readonly ignore: number | undefined;
  /** The SHA-256 of each picture, and of each mask. */
  readonly contents: readonly string[];
  readonly maskContents: readonly string[];
  /** Of each mask. */
  readonly sizes: readonly { readonly width: number; readonly height: number }[];
  /** The column of groups, or `folder`, and the group of each picture; absent where none are kept together. */
  readonly groups?: { readonly column: string; readonly of: Groups };
  /** What is to be known of the folder, a line each. */
  readonly notes: readonly string[];
  /** Whether values that are no class are passed over, as where a model is scored that does not know them. */
  readonly lenient: boolean;
}

export interface ScanMasksOptions {
  /** A file of classes. Default: one beside the pictures, else the values that masks hold. */
  readonly palette?: string;
  /** The value that does not count. Default: what the file of classes says, else 255. */
  readonly ignore?: number;
  /** A set whose classes these are to be. */
  readonly like?: Pick<FoundMasks, "classes" | "ignore" | "outputs" | "path">;
  /** The classes of a model that is trained already. */
  readonly known?: readonly string[];
  /** A column of metadata.csv that says groups, or `folder`. */
  readonly group?: string;
  readonly signal?: AbortSignal;
}

/** Where masks of the usual sets have their borders. */
const usualIgnore = 255;

/**
 * Finds pictures in `images/` and the mask of each in `masks/`, by their names without ending.
 * @throws {UserError} if one of the folders is missing, nothing fits together, or a mask cannot be read
 */
export async function scanMasks(dir: string, options: ScanMasksOptions): Promise<FoundMasks> {
  const { like, known, group, signal } = options;
  const root = await requireFolder(dir, "with images/ and masks/");
  const folders = maskFoldersIn(root);
  if (!folders)
    throw new UserError(
      `${shown(root)} has no folders images/ and masks/ with PNG masks; put the pictures and their masks there, each pair under one name`,
    );
  const [imagesDir, masksDir] = [folders.images, folders.masks].map((one) => relative(root, one).replaceAll("\\", "/"));
  const { files, notes } = pairs(
    { root, imagesDir: imagesDir!, masksDir: masksDir! },
    await imagesIn(folders.images),
    (await imagesIn(folders.masks)).filter((path) => /\.png$/i.test(path)),
  );
  const { contents, text } = await fingerprint(root, files, signal ? { signal } : {});
  const masks = await headersOf(root, files, signal);
  const classes = await classesOfFolder(root, files, options, signal);
  const outputs = known ?? like?.outputs ?? classes.classes.names;
  const own = inTermsOf(classes.classes, outputs, { dir: root, like, known });
  const paths = files.map(({ path }) => path);
  const asked = { root, paths, labels: null, columns: [], training: !like };
  const groups = group === undefined ? undefined : await groupsOfImages(asked, group);
  const ofGroups = groupNotes({ where: shown(root), sample: "image" }, group, {
    column: groups && group,
    groups: groups ?? [],
  });
  return {
    path: dir,
    root,
    files,
    outputs: [...outputs],
    count: files.length,
    classes: own.classes,
    ignore: classes.ignore,
    contents,
    maskContents: masks.contents,
    sizes: masks.sizes,
    ...(groups ? { groups: { column: group!, of: groups } } : {}),
    notes: [...notes, ...classes.notes, ...own.notes, ...ofGroups],
    lenient: known !== undefined,
    fingerprint: {
      text: groupedFingerprint(
        sha256([text, ...masks.contents, JSON.stringify([outputs, [...own.classes.places], classes.ignore])].join()),
        groups,
      ),
    },
  };
}

interface Folders {
  readonly root: string;
  readonly imagesDir: string;
  readonly masksDir: string;
}

/** Pictures with their masks; of those without the first are named. */
function pairs(
  { root, imagesDir, masksDir }: Folders,
  images: readonly string[],
  masks: readonly string[],
): { files: MaskedFile[]; notes: string[] } {
  const stem = (path: string): string => {
    const { dir, name } = parse(path);
    return dir === "" ? name : `${dir.replaceAll("\\", "/")}/${name}`;
  };
  const byName = new Map(masks.map((mask) => [stem(mask), mask]));
  // Cityscapes and others give the mask a suffix of its own.
  const suffixed = new Map(masks.map((mask) => [stem(mask).replace(/[_-](mask|label|labelids|gt|seg|l)$/i, ""), mask]));
  const maskOf = (image: string): string | undefined => byName.get(stem(image)) ?? suffixed.get(stem(image));
  const files = images.toSorted(compare).flatMap((image): MaskedFile[] => {
    const mask = maskOf(image);
    return mask === undefined ? [] : [{ path: `${imagesDir}/${image}`, mask: `${masksDir}/${mask}` }];
  });
  const where = shown(root);
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

/** Of every mask its size, and what it holds. */
async function headersOf(root: string, files: readonly MaskedFile[], signal?: AbortSignal) {
  const sizes: { width: number; height: number }[] = [];
  const contents: string[] = [];
  await concurrently(
    files,
    4,
    async ({ mask }, i) => {
      const path = join(root, mask);
      const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        throw new MaskError(path, `it cannot be read (${error.code}); check its permissions`);
      });
      const header = pngHeader(file);
      if (typeof header === "string") throw new MaskError(path, header);
      sizes[i] = { width: header.width, height: header.height };
      contents[i] = sha256(file);
    },
    signal,
  );
  return { sizes, contents };
}

/** The classes that a folder's own masks are told in, and what does not count. */
async function classesOfFolder(
  root: string,
  files: readonly MaskedFile[],
  { palette: asked, ignore, like, known }: ScanMasksOptions,
  signal?: AbortSignal,
): Promise<{ classes: MaskClasses; ignore: number | undefined; notes: string[] }> {
  const file = asked ?? classesFileOf(root);
  if (file !== undefined) {
    const classes = await readClasses(resolve(file));
    return { classes, ignore: ignore ?? classes.ignore ?? like?.ignore ?? usualIgnore, notes: [] };
  }
  if (like) return { classes: like.classes, ignore: ignore ?? like.ignore, notes: [] };
  // A model says names alone: without a file of classes, values are their places.
  if (known)
    return {
      classes: { names: known, places: new Map(known.map((_, i) => [i, i])), colours: false },
      ignore: ignore ?? usualIgnore,
      notes: [],
    };
  return fromValues(root, files, ignore, signal);
}

async function fromValues(root: string, files: readonly MaskedFile[], asked: number | undefined, signal?: AbortSignal) {
  const values = new Set<number>();
  await concurrently(
    files,
    4,
    async ({ mask }) => {
      const path = join(root, mask);
      const raw = await readRawMask(path);
      if (raw.channels === 3)
        throw new MaskError(
          path,
          'it holds colours; give a file of classes and their colours with --palette, such as {"road": "#804080", "car": "#400080"}',
        );
      valuesIn(raw, values);
    },
    signal,
  );
  // 0 and 255 alone are a thing and what is around it.
  const alone = asked === undefined && values.has(usualIgnore) && values.size <= 2;
  const ignore = alone ? undefined : (asked ?? usualIgnore);
  const own = [...values].filter((value) => value !== ignore);
  if (own.length < 2)
    throw new UserError(
      `the masks in ${shown(root)} hold ${listed([...values].map(String))}: there are no two classes to tell apart; check them, and --ignore`,
    );
  const classes = classesOfValues(own);
  return {
    classes,
    ignore,
    notes: [
      `${shown(root)} has no classes.json: its classes are called by their values, ${listed(classes.names)}${ignore !== undefined && values.has(ignore) ? `; ${ignore} does not count` : ""}`,
    ],
  };
}

/** The places of a folder's values among the outputs of another set, or of a model. */
function inTermsOf(
  own: MaskClasses,
  outputs: readonly string[],
  { dir, like, known }: { dir: string; like: ScanMasksOptions["like"]; known: readonly string[] | undefined },
): { classes: MaskClasses; notes: string[] } {
  const strangers = own.names.filter((name) => !outputs.includes(name));
  if (strangers.length > 0 && !known)
    throw new UserError(
      `the classes of ${shown(dir)} are not those of ${like ? shown(like.path) : "training"}: it also has ${listed(strangers)}; both need the same classes`,
    );
  const places = new Map<number, number>();
  for (const [value, place] of own.places) {
    const output = outputs.indexOf(own.names[place]!);
    if (output >= 0) places.set(value, output);
  }
  if (places.size === 0)
    throw new UserError(
      `${shown(dir)} has no class that the model knows: it has ${listed(own.names)}, the model ${listed(outputs)}; give masks of the model's classes`,
    );
  const notes =
    strangers.length > 0 ? [`pixels of ${listed(strangers)} do not count, which the model does not know`] : [];
  return { classes: { ...own, names: outputs, places }, notes };
}
