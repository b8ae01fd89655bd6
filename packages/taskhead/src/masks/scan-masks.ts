import { join, relative, resolve } from "node:path";
import type { Groups } from "@taskhead/core/internals";
import type { FoundSet } from "../data/kind.js";
import { concurrently } from "../data/concurrently.js";
import { requireFolder } from "../data/sets/folders.js";
import { groupNotes } from "../data/splits/groups.js";
import { listed } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { maskFoldersIn } from "../files/mask-folders.js";
import { sha256 } from "../files/sha256.js";
import { shown } from "../files/shown.js";
import { fingerprint, groupedFingerprint } from "../images/pixels/fingerprint.js";
import { groupsOfImages } from "../images/groups.js";
import { imagesIn } from "../images/folders/image-folder.js";
import type { MaskClasses } from "./classes.js";
import { MaskError, valuesIn } from "./mask.js";
import { pairsOf, type MaskedFile } from "./pairs.js";
import { pngHeader } from "./png.js";
import { classesFileOf, readClasses } from "./read-classes.js";
import { maskFile, readRawMask } from "./read-mask.js";
import { classesFrom, coloursLackClasses, usualIgnore } from "./values.js";

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
  const { files, notes } = pairsOf(
    { where: shown(root), imagesDir: imagesDir!, masksDir: masksDir! },
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

/** Of every mask its size, and what it holds. */
async function headersOf(root: string, files: readonly MaskedFile[], signal?: AbortSignal) {
  const sizes: { width: number; height: number }[] = [];
  const contents: string[] = [];
  await concurrently(
    files,
    4,
    async ({ mask }, i) => {
      const path = join(root, mask);
      const file = await maskFile(path);
      const header = pngHeader(file);
      if (typeof header === "string") throw new MaskError(shown(path), header);
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
      if (raw.channels === 3) throw coloursLackClasses(shown(path), "with --palette");
      valuesIn(raw, values);
    },
    signal,
  );
  return classesFrom(values, shown(root), asked);
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
