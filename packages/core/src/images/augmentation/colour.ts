import type { Random } from "../../data/random.js";
import { mix, type Shape } from "./image.js";

/** Each factor lies in 1 − strength … 1 + strength; 0.4 is customary for brightness, contrast and saturation. */
const strength = 0.4;

/** Brightness, contrast, saturation, in this order (Krizhevsky et al. 2012 had colour jitter; this is torchvision's kind). */
export function randomColour(image: Uint8Array, shape: Shape, rng: Random): Uint8Array {
  const factor = (): number => 1 + strength * (2 * rng.uniform() - 1);
  return adjustColour(image, shape, { brightness: factor(), contrast: factor(), saturation: factor() });
}

export interface ColourFactors {
  brightness: number;
  contrast: number;
  saturation: number;
}

/**
 * Brightness mixes with black, contrast with the image's mean grey, saturation with each pixel's grey; a factor of 1
 * changes nothing, 0 leaves only what is mixed in. Grey is 0.299 R + 0.587 G + 0.114 B.
 * @throws {Error} unless the image has three channels
 */
export function adjustColour(image: Uint8Array, shape: Shape, factors: ColourFactors): Uint8Array {
  if (shape[0] !== 3) throw new Error(`colour jitter is for RGB images, not for ${shape[0]} channels`);
  const plane = shape[1] * shape[2];
  const pixels = Float64Array.from(image, (v) => clip(v * factors.brightness));
  let mean = 0;
  for (let i = 0; i < plane; i++) mean += grey(pixels, i, plane) / plane;
  for (let i = 0; i < pixels.length; i++) pixels[i] = clip(mix(mean, pixels[i]!, factors.contrast));
  for (let i = 0; i < plane; i++) {
    const own = grey(pixels, i, plane);
    for (let at = i; at < pixels.length; at += plane) pixels[at] = mix(own, pixels[at]!, factors.saturation);
  }
  return Uint8Array.from(pixels, (v) => Math.round(clip(v)));
}

function grey(pixels: Float64Array, at: number, plane: number): number {
  return 0.299 * pixels[at]! + 0.587 * pixels[at + plane]! + 0.114 * pixels[at + 2 * plane]!;
}

function clip(v: number): number {
  return Math.min(Math.max(v, 0), 255);
}
