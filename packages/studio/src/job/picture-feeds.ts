import type { Engine } from "@taskhead/core";
import { servedInput, type Feeds } from "@taskhead/core/internals";
import type { Decoded } from "../data/decode.js";

/** What the exported file takes of a picture. */
export function pictureFeeds(engine: Engine, { rgb, width, height }: Decoded): Feeds {
  const size = width * height;
  const pixels = new Float32Array(3 * size);
  for (let i = 0; i < size; i++) for (let c = 0; c < 3; c++) pixels[c * size + i] = rgb[i * 3 + c]!;
  return { [servedInput]: engine.tensor("float32", pixels, [1, 3, height, width]) };
}
