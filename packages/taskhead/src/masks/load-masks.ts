import { join } from "node:path";
import { type Engine, type Targets, type TuneSet } from "@taskhead/core";
import {
  beginTask,
  createResizer,
  outputSize,
  pickImages,
  pickTargets,
  upTo,
  warn,
  type Groups,
  type OnProgress,
  type Preprocessing,
  type Size,
} from "@taskhead/core/internals";
import { divide } from "../data/divide.js";
import type { Dividing } from "../data/dividing.js";
import { splitSentence } from "../data/groups.js";
import { requireValidationTargets } from "../data/require-validation.js";
import { concurrently } from "../data/concurrently.js";
import type { FoundSets, LoadedSets, Marked } from "../data/kind.js";
import { ToldSkips } from "../data/skips.js";
import { storedIn } from "../data/stored-in.js";
import { UserError } from "../files/errors.js";
import { sha256 } from "../files/sha256.js";
import { shown } from "../files/shown.js";
import type { FileImages } from "../images/image-files.js";
import type { ImageStore } from "../images/image-store.js";
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
  const close = async (): Promise<void> => {
    for (const { images } of opened) await images.close();
  };
  const resize = await createResizer(engine, options.preprocessing);
  const load = async (from: FoundMasks, label: string): Promise<Loaded> => {
    const loaded = await loadOne(from, label, resize, options);
    opened.push(loaded);
    return loaded;
  };
  const whole = async (from: FoundMasks, label: string): Promise<TuneSet<MaskedImages>> => {
    const loaded = await load(from, label);
    return setOf(from, loaded, upTo(loaded.places.length), { path: from.path, skipped: loaded.skipped }, options);
  };
  try {
    const all = await load(found.train, "training images");
    const other = found.validation && (await whole(found.validation, "validation images"));
    const groups = groupsIn(found.train, all);
    const marks = all.places.map((place) => found.train.contents[place]!);
    const { root, outputs } = found.train;
    const group = found.train.groups?.column;
    const source = {
      task: "segmentation",
      where: shown(root),
      outputs,
      sample: "image",
      ...(group === undefined ? {} : { group }),
    } as const;
    const parts = other ? null : divide(all.targets, options, { keys: all.keys, groups, marks, ...source });
    if (parts) requireValidationTargets(source, pickTargets(all.targets, parts.validation));
    if (parts && groups && options.fold !== "all")
      options.onProgress?.({ kind: "message", text: splitSentence(group!, groups, parts, "image") });
    const test = found.test && (await whole(found.test, "test images"));
    const ood: TuneSet<MaskedImages>[] = [];
    for (const from of found.ood) ood.push(await whole(from, "out-of-distribution images"));
    const summary = { path: found.train.path, skipped: all.skipped };
    return {
      train: setOf(found.train, all, parts?.train ?? upTo(all.places.length), summary, options),
      validation: other ?? setOf(found.train, all, parts!.validation, { path: null, skipped: 0 }, options),
      test,
      ood,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function loadOne(
  from: FoundMasks,
  label: string,
  resize: Awaited<ReturnType<typeof createResizer>>,
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
  summary: { path: string | null; skipped: number },
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
