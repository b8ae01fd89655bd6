import type { Answers } from "../../data/serving.js";
import type { Stored } from "../../data/stored.js";
import { DecodeError, type DecodedImage } from "../pixels/decode.js";
import { ahead, inBatches } from "../image-files.js";
import type { Served } from "./served.js";

interface Item {
  index: number;
  image: DecodedImage;
}

/** What an exported model answers to image files; neighbours of one size go through it together. */
export async function answerAll(
  served: Served,
  files: readonly Stored[],
  { onAnswer, onSkip, onProgress, signal }: Answers,
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
