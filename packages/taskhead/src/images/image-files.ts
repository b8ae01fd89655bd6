import { images, type Images, type Modality } from "@taskhead/core";
import { type ImageOptions, servedInput, upTo } from "@taskhead/core/internals";
import type { Stored } from "../data/stored.js";
import { openImage, type DecodedImage, type OpenedImage } from "./pixels/decode.js";

/** Images of a set, decoded and resized, and the file of each. */
export interface FileImages extends Images {
  /** In the same order. */
  readonly files: readonly Stored[];
  /** The SHA-256 of each, which it must still have. */
  readonly contents: readonly string[];
  /** Those that are still at hand as they were decoded. */
  readonly decoded?: readonly (DecodedImage | undefined)[];
}

/** Images whose exported file is fed as any server would: the files themselves, decoded and nothing more. */
export function imageFiles(options: ImageOptions): Modality<FileImages> {
  return {
    ...images(options),
    async *servedBatches({ files, contents, decoded }, engine) {
      const each = ahead(files, (image) => image, { contents, ...(decoded ? { decoded } : {}) });
      for await (const batch of inBatches(each, (image) => image)) {
        const { width, height } = batch[0];
        const pixels = engine.tensor("float32", channelsFirst(batch), [batch.length, 3, height, width]);
        yield { count: batch.length, feeds: { [servedInput]: pixels } };
      }
    },
  };
}

/** [n, 3, height, width] floats of images [height, width, 3] of one size, the numbers unchanged. */
export function channelsFirst(batch: readonly DecodedImage[]): Float32Array {
  const { width, height } = batch[0]!;
  const plane = width * height;
  const out = new Float32Array(batch.length * 3 * plane);
  batch.forEach(({ data }, n) => {
    for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) out[(3 * n + c) * plane + i] = data[3 * i + c]!;
  });
  return out;
}

/** Larger pictures are not decoded ahead: four of them would fill gigabytes. */
const mostAhead = 2 ** 24;

/**
 * Decodes files in their order, a few ahead of what is asked for: in other threads, while the model computes.
 * @param settle what becomes of each: what it fails with ends the rest
 * @param has.contents the SHA-256 that each must have
 * @param has.decoded those that need no decoding
 */
export async function* ahead<T>(
  files: readonly Stored[],
  settle: (decoding: Promise<DecodedImage>) => Promise<T>,
  { contents = [], decoded = [] }: Partial<Pick<FileImages, "contents" | "decoded">> = {},
): AsyncGenerator<T> {
  const begin = (i: number): Promise<DecodedImage | OpenedImage> => {
    const known = decoded[i];
    if (known) return Promise.resolve(known);
    const image = openImage(files[i]!, contents[i]).then<DecodedImage | OpenedImage>((opened) =>
      opened.pixels > mostAhead ? opened : opened.decode(),
    );
    // Reported when it is asked for, if it is.
    image.catch(() => undefined);
    return image;
  };
  const begun = upTo(Math.min(4, files.length)).map(begin);
  for (let i = begun.length; begun.length > 0; i++) {
    yield await settle(begun.shift()!.then((image) => ("decode" in image ? image.decode() : image)));
    if (i < files.length) begun.push(begin(i));
  }
}

/** Pictures of one run at most, and numbers in them: large ones go one by one. */
const [mostImages, mostNumbers] = [16, 2 ** 22];

/** Images of one size that follow each other, a few at a time. */
export async function* inBatches<T>(
  items: AsyncIterable<T>,
  imageOf: (item: T) => DecodedImage,
): AsyncGenerator<[T, ...T[]]> {
  let batch: T[] = [];
  for await (const item of items) {
    const [first, image] = [batch[0] && imageOf(batch[0]), imageOf(item)];
    const full = batch.length === mostImages || (batch.length + 1) * image.data.length > mostNumbers;
    if (first && (full || first.width !== image.width || first.height !== image.height)) {
      yield batch as [T, ...T[]];
      batch = [];
    }
    batch.push(item);
  }
  if (batch.length > 0) yield batch as [T, ...T[]];
}
