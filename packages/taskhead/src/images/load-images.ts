import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import type { Targets } from "@taskhead/core";
import type { ResizeImage, Size } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { concurrently } from "../data/concurrently.js";
import { storedIn } from "../data/stored-in.js";
import type { Stored } from "../data/stored.js";
import { DecodeError, mostPixels, openImage, type DecodedImage } from "./pixels/decode.js";
import { targetsOf, type ImageFile, type ImageSource } from "./image-source.js";
import { ImageStore } from "./pixels/image-store.js";
import { PixelBudget } from "./pixels/pixel-budget.js";

export interface LoadImagesOptions {
  resize: ResizeImage;
  /** Of what `resize` returns. */
  size: Size;
  /** Bytes of images kept in memory; if they need more, they go to a file in `cacheDir`. */
  memoryBudget: number;
  cacheDir: string;
  /** The SHA-256 of each file, which it must still have. */
  contents?: readonly string[];
  /** Room for images as they were decoded, before they are resized. Default: none. */
  room?: Room;
  /** Images under way at a time. Default: two more than there are cores, as each waits for its file too. */
  concurrency?: number;
  onProgress?: (done: number, total: number) => void;
  /** An image that cannot be decoded is left out. `file` is relative to the folder. */
  onSkip?: (file: string, reason: string) => void;
  signal?: AbortSignal;
}

/** Bytes that several sets may take together; what is taken is subtracted. */
export interface Room {
  bytes: number;
}

export interface SkippedFile {
  /** Relative to the folder, with `/`. */
  file: string;
  reason: string;
}

/** Image i is `files[i]`; its target is row i. */
export interface LoadedImages {
  /** Bytes [3, height, width] per image. To be closed when done with. */
  images: ImageStore;
  targets: Targets;
  /** What the targets stand for: classes, labels, or numbers. */
  outputs: string[];
  /** Relative to the folder, with `/`; in the source's order, whichever was decoded first. */
  files: string[];
  /** Their places in the source. */
  places: number[];
  skipped: SkippedFile[];
  /** Of each image, equal where the bytes are: a copy is found under any name, format or metadata. */
  keys: string[];
  /** Images before they were resized, those that there was room for, by their places in the source. */
  decoded: ReadonlyMap<number, DecodedImage>;
}

/** Decoded images, and of which files. */
export interface DecodedImages {
  /** Bytes [3, height, width] per image that could be decoded. To be closed when done with. */
  images: ImageStore;
  /** The places of those files among all. */
  places: number[];
  /** Of each image, equal where the bytes are. */
  keys: string[];
  /** Of each, as it is stored, upright. */
  sizes: Size[];
  /** Before they were resized, those that there was room for, by their places among all. */
  decoded: ReadonlyMap<number, DecodedImage>;
  /** Of files that cannot be decoded, by their places. */
  reasons: ReadonlyMap<number, string>;
}

/**
 * Decodes and resizes all images of a source.
 * @throws {UserError} if no image, or none of a class, can be decoded; the signal's reason when aborted
 */
export async function loadImages(source: ImageSource, options: LoadImagesOptions): Promise<LoadedImages> {
  const { images, places, keys, reasons, decoded } = await decodeImages(source, options);
  const files = places.map((i) => source.files[i]!);
  try {
    requireEnough(source, files, new Map([...reasons].map(([i, reason]) => [source.files[i]!, reason])));
  } catch (error) {
    await images.close();
    throw error;
  }
  return {
    images,
    targets: targetsOf(source, files),
    outputs: source.outputs,
    files: files.map((f) => f.path),
    keys,
    places,
    decoded,
    skipped: source.files.flatMap((f, i) => (reasons.has(i) ? [{ file: f.path, reason: reasons.get(i)! }] : [])),
  };
}

/** Decodes and resizes files, relative to a root; those that cannot be decoded are left out. */
export async function decodeImages(
  { root, files }: { readonly root: string; readonly files: readonly Stored[] },
  options: LoadImagesOptions,
): Promise<DecodedImages> {
  const {
    resize,
    size,
    memoryBudget,
    cacheDir,
    contents,
    room = { bytes: 0 },
    concurrency = availableParallelism() + 2,
    onProgress,
    onSkip,
    signal,
  } = options;
  const total = files.length;
  const images = await ImageStore.create({
    capacity: total,
    shape: [3, size.height, size.width],
    memoryBudget,
    cacheDir,
  });
  const budget = new PixelBudget(2 * mostPixels);
  const reasons = new Map<number, string>();
  const keys: string[] = [];
  const sizes: Size[] = [];
  const decoded = new Map<number, DecodedImage>();
  let done = 0;
  const load = async (file: Stored, index: number): Promise<void> => {
    try {
      const opened = await openImage(storedIn(root, file), contents?.[index]);
      await budget.run(opened.pixels, async () => {
        const image = await opened.decode();
        const { data, width, height } = image;
        if (data.length <= room.bytes) {
          room.bytes -= data.length;
          decoded.set(index, image);
        }
        const resized = await resize(data, width, height);
        keys[index] = createHash("sha256").update(resized).digest("base64");
        sizes[index] = { width, height };
        await images.put(index, resized);
      });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      reasons.set(index, error.reason);
      onSkip?.(file.path, error.reason);
    }
    onProgress?.(++done, total);
  };
  try {
    await concurrently(files, concurrency, load, signal);
    const places = files.flatMap((_, i) => (reasons.has(i) ? [] : [i]));
    images.keep(places);
    const [ownKeys, ownSizes] = [places.map((i) => keys[i]!), places.map((i) => sizes[i]!)];
    return { images, places, keys: ownKeys, sizes: ownSizes, decoded, reasons };
  } catch (error) {
    await images.close();
    throw error;
  }
}

/** Something must be left, and of classes each that had an image. */
function requireEnough(
  { root, labels, task, outputs, files: all }: ImageSource,
  files: readonly ImageFile[],
  reasons: ReadonlyMap<ImageFile, string>,
): void {
  const classification = task === "classification";
  const present = new Set(files.map((f) => f.target));
  const lost = all.find((f) => (classification ? !present.has(f.target) : files.length === 0));
  if (!lost) return;
  const which = classification ? `image of class '${outputs[lost.target as number]}'` : "image";
  const remedy = labels === null ? "remove the folder" : "remove their rows";
  throw new UserError(
    `no ${which} in ${root} can be decoded (${lost.path}: ${reasons.get(lost)}); replace them or ${remedy}`,
  );
}
