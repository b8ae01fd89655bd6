import { availableParallelism } from "node:os";
import { join } from "node:path";
import { UserError } from "../files/errors.js";
import { concurrently } from "./concurrently.js";
import { decodeImage, DecodeError } from "./decode.js";
import type { ImageFile, ImageFolder } from "./image-folder.js";
import { ImageStore } from "./image-store.js";
import type { Size } from "./preprocess-config.js";
import type { ResizeImage } from "./resize-model.js";

export interface LoadImagesOptions {
  resize: ResizeImage;
  /** Of what `resize` returns. */
  size: Size;
  /** Bytes of images kept in memory; if they need more, they go to a file in `cacheDir`. */
  memoryBudget: number;
  cacheDir: string;
  /** Images under way at a time. Default: two more than there are cores, as each waits for its file too. */
  concurrency?: number;
  onProgress?: (done: number, total: number) => void;
  /** An image that cannot be decoded is left out. `file` is relative to the folder. */
  onSkip?: (file: string, reason: string) => void;
  signal?: AbortSignal;
}

export interface SkippedFile {
  /** Relative to the folder, with `/`. */
  file: string;
  reason: string;
}

/** Image i is `files[i]`, of class `classes[labels[i]]`. */
export interface LoadedImages {
  /** Bytes [3, height, width] per image. To be closed when done with. */
  images: ImageStore;
  labels: Int32Array;
  classes: string[];
  /** Relative to the folder, with `/`; in the folder's order, whichever was decoded first. */
  files: string[];
  skipped: SkippedFile[];
}

/**
 * Decodes and resizes all images of a folder.
 * @throws {UserError} if no image of a class can be decoded; the signal's reason when aborted
 */
export async function loadImages(folder: ImageFolder, options: LoadImagesOptions): Promise<LoadedImages> {
  const {
    resize,
    size,
    memoryBudget,
    cacheDir,
    concurrency = availableParallelism() + 2,
    onProgress,
    onSkip,
    signal,
  } = options;
  const total = folder.files.length;
  const images = await ImageStore.create({
    capacity: total,
    shape: [3, size.height, size.width],
    memoryBudget,
    cacheDir,
  });
  const reasons = new Map<ImageFile, string>();
  let done = 0;
  const load = async (file: ImageFile, index: number): Promise<void> => {
    const decoded = await decodeImage(join(folder.root, file.path)).catch((error: unknown) => {
      if (!(error instanceof DecodeError)) throw error;
      reasons.set(file, error.reason);
      onSkip?.(file.path, error.reason);
    });
    if (decoded) await images.put(index, await resize(decoded.data, decoded.width, decoded.height));
    onProgress?.(++done, total);
  };
  try {
    await concurrently(folder.files, concurrency, load, signal);
    const kept = folder.files.flatMap((file, i) => (reasons.has(file) ? [] : [i]));
    const files = kept.map((i) => folder.files[i]!);
    requireEveryClass(folder, files, reasons);
    images.keep(kept);
    return {
      images,
      labels: Int32Array.from(files, (f) => f.label),
      classes: folder.classes,
      files: files.map((f) => f.path),
      skipped: folder.files.flatMap((f) => (reasons.has(f) ? [{ file: f.path, reason: reasons.get(f)! }] : [])),
    };
  } catch (error) {
    await images.close();
    throw error;
  }
}

function requireEveryClass(
  { root, classes, files: all }: ImageFolder,
  files: readonly ImageFile[],
  reasons: ReadonlyMap<ImageFile, string>,
): void {
  const present = new Set(files.map((f) => f.label));
  const lost = all.find((f) => !present.has(f.label));
  if (!lost) return;
  const [name, reason] = [classes[lost.label], reasons.get(lost)];
  throw new UserError(
    `no image of class '${name}' in ${root} can be decoded (${lost.path}: ${reason}); replace them or remove the folder`,
  );
}
