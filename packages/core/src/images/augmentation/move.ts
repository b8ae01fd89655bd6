import type { Random } from "../../data/random.js";
import type { Shape } from "./image.js";

/** Mirrors an image with probability ½. */
export function randomFlip(image: Uint8Array, shape: Shape, rng: Random): Uint8Array {
  return rng.uniform() < 0.5 ? flip(image, shape) : image;
}

/** The mirror image, left to right. */
export function flip(image: Uint8Array, shape: Shape): Uint8Array {
  const [, , width] = shape;
  return remap(image, shape, (y, x) => y * width + (width - 1 - x));
}

/**
 * He et al. 2016, section 4.2: up to an eighth of the side in each direction (4 pixels of 32). The edge is repeated where
 * the image has moved away; their zeros would be a border that the backbone has never seen.
 */
export function randomShift(image: Uint8Array, shape: Shape, rng: Random): Uint8Array {
  const [, height, width] = shape;
  const dy = rng.integer(-Math.floor(height / 8), Math.floor(height / 8));
  const dx = rng.integer(-Math.floor(width / 8), Math.floor(width / 8));
  const within = (v: number, size: number): number => Math.min(Math.max(v, 0), size - 1);
  return remap(image, shape, (y, x) => within(y + dy, height) * width + within(x + dx, width));
}

/** Every channel's pixel (y, x) from place `from(y, x)` of that channel. */
function remap(
  image: Uint8Array,
  [channels, height, width]: Shape,
  from: (y: number, x: number) => number,
): Uint8Array {
  const out = new Uint8Array(image.length);
  let at = 0;
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) out[at++] = image[c * height * width + from(y, x)]!;
  return out;
}
