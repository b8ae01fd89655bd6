import { DecodeError, type DecodedImage } from "../images/decode.js";
import { ahead, inBatches } from "../images/image-files.js";
import type { Served } from "./serve.js";

/** Who takes what an exported model answers. */
export interface Listening {
  /** @param index the file's place @param logits [k], not to be kept */
  onAnswer(index: number, logits: Float32Array): void;
  /** A file that cannot be read: the others are answered all the same. */
  onSkip(index: number, reason: string): void;
  /** Files done with so far. */
  onProgress?(done: number): void;
  signal?: AbortSignal;
}

interface Item {
  index: number;
  image: DecodedImage;
}

/** What an exported model answers to image files; neighbours of one size go through it together. */
export async function answerAll(
  served: Served,
  files: readonly string[],
  { onAnswer, onSkip, onProgress, signal }: Listening,
): Promise<void> {
  let done = 0;
  async function* decoded(): AsyncGenerator<Item> {
    let index = -1;
    for await (const image of ahead(files, orWhy)) {
      index++;
      if (!(image instanceof DecodeError)) yield { index, image };
      else {
        onSkip(index, image.reason);
        onProgress?.(++done);
      }
    }
  }
  for await (const batch of inBatches(decoded(), ({ image }) => image)) {
    signal?.throwIfAborted();
    const logits = await served.batch(batch.map(({ image }) => image));
    batch.forEach(({ index }, n) => onAnswer(index, logits[n]!));
    onProgress?.((done += batch.length));
  }
}

/** An image that cannot be read is an answer too. */
function orWhy(decoding: Promise<DecodedImage>): Promise<DecodedImage | DecodeError> {
  return decoding.catch((error: unknown) => {
    if (error instanceof DecodeError) return error;
    throw error;
  });
}
