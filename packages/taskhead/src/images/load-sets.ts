import { join } from "node:path";
import { type Engine, type TuneSet } from "@taskhead/core";
import {
  beginTask,
  createResizer,
  type Groups,
  type OnProgress,
  outputSize,
  pickImages,
  pickTargets,
  type Preprocessing,
  type Split,
  warn,
} from "@taskhead/core/internals";
import { divide } from "../data/splits/divide.js";
import type { Dividing } from "../data/splits/dividing.js";
import { splitSentence } from "../data/splits/groups.js";
import { withUnreadable, type LeftOut } from "../data/left-out.js";
import { loadedSets, type Summary } from "../data/loading.js";
import { ToldSkips } from "../data/skips.js";
import { storedIn } from "../data/stored-in.js";
import { mostTold } from "../data/tables/told-rows.js";
import type { FoundSet, FoundSets, LoadedSets, Marked } from "../data/kind.js";
import type { Fingerprint } from "./pixels/fingerprint.js";
import { sha256 } from "../files/sha256.js";
import { shown } from "../files/shown.js";
import type { FileImages } from "./image-files.js";
import { calledBy } from "./called-by.js";
import type { ImageSource } from "./image-source.js";
import type { ImageStore } from "./pixels/image-store.js";
import { requireValidation } from "./require-validation.js";
import { loadImages, type LoadedImages, type LoadImagesOptions, type Room } from "./load-images.js";
import { leftOutLines, refusedRows } from "./told.js";

/** A folder of images before any is decoded. */
export interface FoundImages extends FoundSet {
  source: ImageSource;
  fingerprint: Fingerprint;
}

/** Images with a mark that changes with any of them. */
export interface MarkedImages extends FileImages, Marked {}

export interface LoadSetsOptions extends Dividing {
  preprocessing: Preprocessing;
  /** Bytes of images kept in memory, set by set. */
  memoryBudget: number;
  cacheDir: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Bytes of decoded images kept for the exported file, which is scored on validation and test images as they are. */
const mostDecoded = 2 ** 26;

/** Decodes and resizes all images of a run, and splits the training images where there are none for validation. */
export async function loadSets(
  engine: Engine,
  found: FoundSets<FoundImages>,
  options: LoadSetsOptions,
): Promise<LoadedSets<MarkedImages>> {
  const resize = await createResizer(engine, options.preprocessing);
  const room: Room = { bytes: mostDecoded };
  const opened: ImageStore[] = [];
  return loadedSets<FoundImages, LoadedImages, MarkedImages>(found, {
    async load(from, label) {
      const loaded = await loadOne(from, `${label} images`, { resize, room }, options);
      opened.push(loaded.images);
      return loaded;
    },
    count: ({ files }) => files.length,
    summaryOf,
    setOf,
    // The exported file is not asked about those.
    trainedOn: (from, loaded, ...chosen) => setOf(from, { ...loaded, decoded: new Map() }, ...chosen),
    split: (from, loaded) => splitLoaded(from, loaded, options),
    async close() {
      for (const images of opened) await images.close();
    },
  });
}

async function loadOne(
  { source, fingerprint }: FoundImages,
  label: string,
  { resize, room }: Pick<LoadImagesOptions, "resize" | "room">,
  { preprocessing, memoryBudget, cacheDir, onProgress, signal }: LoadSetsOptions,
): Promise<LoadedImages> {
  const skip = (text: string): void => warn(onProgress, `skipped ${text}`);
  if (source.said !== undefined) onProgress?.({ kind: "message", text: source.said });
  for (const text of refusedRows(source)) skip(text);
  for (const text of source.notes) warn(onProgress, text);
  const task = beginTask(onProgress, label, source.files.length, "images");
  const skips = new ToldSkips(skip);
  try {
    const loaded = await loadImages(source, {
      resize,
      size: outputSize(preprocessing),
      memoryBudget,
      cacheDir,
      contents: fingerprint.contents,
      room,
      onProgress: (done) => task.update(done),
      onSkip: (file, reason) => skips.add(join(source.root, file), reason),
      signal,
    });
    skips.end(` of ${source.root}`);
    for (const text of leftOutLines(unheardOf(source, loaded))) warn(onProgress, text);
    return loaded;
  } finally {
    task.end();
  }
}

/** Of the images that could be decoded. */
function groupsIn({ source }: FoundImages, { places }: LoadedImages): Groups | undefined {
  return source.groups && places.map((place) => source.groups!.of[place]);
}

/** Copies stay together, and groups; what cannot be validated on is refused. */
function splitLoaded(from: FoundImages, loaded: LoadedImages, options: LoadSetsOptions): Split {
  const { source } = from;
  const { targets, keys } = loaded;
  const groups = groupsIn(from, loaded);
  const parts = divide(targets, options, {
    keys,
    groups,
    marks: loaded.places.map((place) => from.fingerprint.contents[place]!),
    sample: "image",
    ...(source.groups ? { group: source.groups.column } : {}),
  });
  requireValidation(source, pickTargets(targets, parts.validation), new Set(keys).size < keys.length);
  if (groups && options.fold !== "all") {
    const text = splitSentence(source.groups!.column, groups, parts, "image");
    options.onProgress?.({ kind: "message", text });
  }
  return parts;
}

/** The classes of which files were left out that nobody has heard of yet. */
function unheardOf(source: ImageSource, loaded: LoadedImages): LeftOut[] {
  const known = new Set((source.leftOut ?? []).map((one) => one.class));
  return leftOutOf(source, loaded).filter((one) => known.has(one.class) || loaded.skipped.length > mostTold);
}

/** Files of class folders that were left out, undecodable ones among them. */
function leftOutOf({ labels, leftOut = [], files, outputs }: ImageSource, { skipped }: LoadedImages): LeftOut[] {
  if (labels !== null) return [];
  const classes = new Map(files.map(({ path, target }) => [path, outputs[target as number]!]));
  return withUnreadable(
    leftOut,
    skipped.map(({ file }) => ({ file, class: classes.get(file)! })),
  );
}

/** How many images, or rows of the file of labels, are of no use. */
function summaryOf({ source, path }: FoundImages, loaded: LoadedImages): Summary {
  const leftOut = leftOutOf(source, loaded);
  const skipped = source.refused.length + loaded.skipped.length;
  return { path, skipped, ...(leftOut.length > 0 ? { leftOut } : {}) };
}

/** Some images of a folder, by their places in it. */
function setOf(
  from: FoundImages,
  loaded: LoadedImages,
  chosen: readonly number[],
  summary: Summary,
): TuneSet<MarkedImages> {
  const { images, targets, files, keys, places: inSource, decoded } = loaded;
  const groups = groupsIn(from, loaded);
  const places = sha256(chosen.join());
  const source: MarkedImages = {
    ...pickImages(images, chosen, targets),
    files: chosen.map((i) => storedIn(from.source.root, from.source.files[inSource[i]!]!)),
    contents: chosen.map((i) => from.fingerprint.contents[inSource[i]!]!),
    decoded: chosen.map((i) => decoded.get(inSource[i]!)),
    fingerprint: `${from.fingerprint.text} ${places}`,
  };
  const content = {
    keys: chosen.map((i) => keys[i]!),
    names: chosen.map((i) => shown(calledBy(from.path, from.source, files[i]!))),
    ...(groups ? { groups: chosen.map((i) => groups[i]) } : {}),
  };
  return { source, summary, content };
}
