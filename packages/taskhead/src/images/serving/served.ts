import type { TuneOptions } from "../../options/table.js";
import { openServedSession } from "../../runtime/served-session.js";
import { decodeImage, type DecodedImage } from "../pixels/decode.js";
import { channelsFirst } from "../image-files.js";

/** An exported model, used as any server would: pictures in, logits out, nothing of ours in between. */
export interface Served {
  /** @param image a file, or its pixels @returns [k] */
  logits(image: string | DecodedImage): Promise<Float32Array>;
  /** @param images of one size, at least one @returns [k] for each */
  batch(images: readonly DecodedImage[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/** @throws as `openServedSession` does */
export async function openServed(
  model: Uint8Array,
  options: { threads?: number; device?: TuneOptions["device"] } = {},
): Promise<Served> {
  const session = await openServedSession(model, options);
  const batch: Served["batch"] = async (images) => {
    const { width, height } = images[0]!;
    const dims = [images.length, 3, height, width];
    const all = await session.logits({
      pixel_values: new session.ort.Tensor("float32", channelsFirst(images), dims),
    });
    const each = all.length / images.length;
    return images.map((_, n) => all.subarray(n * each, (n + 1) * each));
  };
  return {
    batch,
    async logits(image) {
      const [logits] = await batch([typeof image === "string" ? await decodeImage(image) : image]);
      return logits!;
    },
    release: () => session.release(),
  };
}
