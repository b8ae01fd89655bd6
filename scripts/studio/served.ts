import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import * as ort from "onnxruntime-node";
import { decodeImage } from "#taskhead/images/pixels/decode.js";

/** Files of a zip, written into a folder. @returns their names */
export function unpack(zip: Uint8Array, folder: string): string[] {
  const files = Object.entries(unzipSync(zip));
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return files.map(([name]) => name);
}

/** The logits that an exported model of pictures gives under onnxruntime-node. */
export async function openPictures(model: string): Promise<(picture: string) => Promise<number[]>> {
  const session = await ort.InferenceSession.create(model);
  return async (picture) => {
    const { data, width, height } = await decodeImage(picture);
    const size = width * height;
    const pixels = Float32Array.from({ length: 3 * size }, (_, i) => data[(i % size) * 3 + Math.floor(i / size)]!);
    const { logits } = await session.run({ pixel_values: new ort.Tensor("float32", pixels, [1, 3, height, width]) });
    return Array.from(logits!.data as Float32Array);
  };
}

/** The likeliest class and its probability, as the page writes it. */
export function inWords(logits: readonly number[], classes: readonly string[]): string {
  const highest = Math.max(...logits);
  const e = logits.map((one) => Math.exp(one - highest));
  const best = logits.indexOf(highest);
  return `${classes[best]} ${((100 * e[best]!) / e.reduce((a, b) => a + b, 0)).toFixed(1)} %`;
}
