import { join } from "node:path";
import { type Engine, type Targets, type TuneSet } from "@taskhead/core";
import {
  beginTask,
  createResizer,
  outputSize,
  pickImages,
  pickTargets,
  warn,
  type Groups,
  type OnProgress,
  type Preprocessing,
  type ResizeImage,
  type Size,
  type Split,
} from "@taskhead/core/internals";
import { divide } from "../data/splits/divide.js";
import type { Dividing } from "../data/splits/dividing.js";
import { splitSentence } from "../data/splits/groups.js";
import { requireValidationTargets } from "../data/splits/require-validation.js";
import { concurrently } from "../data/concurrently.js";
import type { FoundSets, LoadedSets, Marked } from "../data/kind.js";
import { loadedSets, type Summary } from "../data/loading.js";
import { ToldSkips } from "../data/skips.js";
import { storedIn } from "../data/stored-in.js";
import { UserError } from "../files/errors.js";
import { sha256 } from "../files/sha256.js";
import { shown } from "../files/shown.js";
import type { FileImages } from "../images/image-files.js";
import type { ImageStore } from "../images/pixels/image-store.js";
import { decodeImages } from "../images/load-images.js";
import { classesOf, MaskError, resizedMask, type Mask } from "./mask.js";
import { readRawMask } from "./read-mask.js";
import type { FoundMasks } from "./scan-masks.js";

/** Pictures with masks, and a mark that changes with any of them. */
export interface MaskedImages extends FileImages, Marked {
  /** The mask of each, as large as it is stored. */
  mask(index: number): Promise<Mask>;
  /** Whether some masks are of another size than the targets: an exported file is then judged by the masks themselves. */
  readonly ownSizes: boolean;
}

export interface LoadMasksOptions extends Dividing {
  preprocessing: Preprocessing;
  /** Of the targets. */
  places: Size;
  /** Bytes, of pictures that stay in memory, and of targets. */
  memoryBudget: number;
  cacheDir: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

interface Loaded {
  images: ImageStore;
  targets: Targets;
  /** Their places in what was found. */
  places: number[];
  keys: string[];
  skipped: number;
}

/** Decodes all pictures and masks of a run, and splits the training pictures where there are none for validation. */
export async function loadMasks(
  engine: Engine,
  found: FoundSets<FoundMasks>,
  options: LoadMasksOptions,
): Promise<LoadedSets<MaskedImages>> {
  const opened: Loaded[] = [];
  const resize = await createResizer(engine, options.preprocessing);
  return loadedSets<FoundMasks, Loaded, MaskedImages>(found, {
    async load(from, label) {
      const loaded = await loadOne(from, `${label} images`, resize, options);
      opened.push(loaded);
      return loaded;
    },
    count: ({ places }) => places.length,
    summaryOf: ({ path }, { skipped }) => ({ path, skipped }),
    setOf: (from, loaded, chosen, summary) => setOf(from, loaded, chosen, summary, options),
    split: (from, loaded) => splitLoaded(from, loaded, options),
    async close() {
      for (const { images } of opened) await images.close();
    },
  });
}

/** Copies stay together, and groups; what cannot be validated on is refused. */
function splitLoaded(from: FoundMasks, loaded: Loaded, options: LoadMasksOptions): Split {
  const { targets, keys, places } = loaded;
  const groups = groupsIn(from, loaded);
  const group = from.groups?.column;
  const source = {
    task: "segmentation",
    where: shown(from.root),
    outputs: from.outputs,
    sample: "image",
    ...(group === undefined ? {} : { group }),
  } as const;
  const marks = places.map((place) => from.contents[place]!);
  const parts = divide(targets, options, { keys, groups, marks, ...source });
  requireValidationTargets(source, pickTargets(targets, parts.validation));
  if (groups && options.fold !== "all")
    options.onProgress?.({ kind: "message", text: splitSentence(group!, groups, parts, "image") });
  return parts;
}

async function loadOne(
  from: FoundMasks,
  label: string,
  resize: ResizeImage,
  { preprocessing, places: size, memoryBudget, cacheDir, onProgress, signal }: LoadMasksOptions,
): Promise<Loaded> {
  for (const text of from.notes) warn(onProgress, text);
  const numbers = size.width * size.height;
  if (4 * numbers * from.count > memoryBudget)
    throw new UserError(
      `the masks of ${from.count} images take ${Math.ceil((4 * numbers * from.count) / 1e6)} MB at ${size.width}x${size.height}, more than --memory ${memoryBudget / 1e6}; raise it, or take a smaller --size`,
    );
  const task = beginTask(onProgress, label, from.count, "images");
  let skipped = 0;
  const skips = new ToldSkips((text) => warn(onProgress, `skipped ${text}`));
  try {
    const { images, places, keys, sizes } = await decodeImages(from, {
      resize,
      size: outputSize(preprocessing),
      memoryBudget,
      cacheDir,
      contents: from.contents,
      onProgress: (done) => task.update(done),
      onSkip(file, reason) {
        skipped++;
        skips.add(join(from.root, file), reason);
      },
      signal,
    });
    try {
      skips.end(` of ${from.root}`);
      if (places.length === 0) throw new UserError(`no image in ${shown(from.root)} can be decoded; replace them`);
      const data = new Int32Array(places.length * numbers);
      const read = async (place: number, i: number): Promise<void> => {
        const mask = await maskOf(from, place);
        const { width, height } = sizes[i]!;
        if (mask.width !== width || mask.height !== height)
          throw new MaskError(
            shown(join(from.root, from.files[place]!.mask)),
            `it is ${mask.width}×${mask.height}, its image ${from.files[place]!.path} ${width}×${height}; a mask needs a value for each pixel`,
          );
        data.set(resizedMask(mask, size), i * numbers);
      };
      await concurrently(places, 4, read, signal);
      return { images, places, keys, skipped, targets: { data, shape: [size.height, size.width] } };
    } catch (error) {
      await images.close();
      throw error;
    }
  } finally {
    task.end();
  }
}

async function maskOf(
  { root, files, maskContents, classes, ignore, lenient }: FoundMasks,
  place: number,
): Promise<Mask> {
  const path = join(root, files[place]!.mask);
  return classesOf(await readRawMask(path, maskContents[place]), shown(path), classes, ignore, lenient);
}

/** Of the pictures that could be decoded. */
function groupsIn({ groups }: FoundMasks, { places }: Loaded): Groups | undefined {
  return groups && places.map((place) => groups.of[place]);
}

/** Some pictures of a folder, by their places among those that were decoded. */
function setOf(
  from: FoundMasks,
  loaded: Loaded,
  chosen: readonly number[],
  summary: Summary,
  { places: size }: LoadMasksOptions,
): TuneSet<MaskedImages> {
  const { images, targets, places, keys } = loaded;
  const groups = groupsIn(from, loaded);
  const files = chosen.map((i) => from.files[places[i]!]!);
  const differs = (place: number): boolean =>
    from.sizes[place]!.width !== size.width || from.sizes[place]!.height !== size.height;
  const source: MaskedImages = {
    ...pickImages(images, chosen, targets),
    files: files.map((file) => storedIn(from.root, file)),
    contents: chosen.map((i) => from.contents[places[i]!]!),
    fingerprint: `${from.fingerprint.text} ${size.width}x${size.height} ${sha256(chosen.join())}`,
    mask: (index) => maskOf(from, places[chosen[index]!]!),
    ownSizes: chosen.some((i) => differs(places[i]!)),
  };
  const content = {
    keys: chosen.map((i) => keys[i]!),
    names: files.map(({ path }) => shown(join(from.path, path))),
    ...(groups ? { groups: chosen.map((i) => groups[i]) } : {}),
  };
  return { source, summary, content };
}
