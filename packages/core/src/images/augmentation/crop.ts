import type { Random } from "../../data/random.js";
import { mix, type Shape } from "./image.js";

/** The range of a crop's share of the area. Inception's goes down to 0.08, which suits training from scratch. */
const [smallestCrop, largestCrop] = [0.35, 1];

/** Inception's crop (Szegedy et al. 2015): of random area, place, and aspect ratio 3/4 … 4/3, resized to the full size. */
export function randomCrop(image: Uint8Array, shape: Shape, rng: Random): Uint8Array {
  const [, height, width] = shape;
  const area = height * width * (smallestCrop + (largestCrop - smallestCrop) * rng.uniform());
  const ratio = Math.exp(Math.log(4 / 3) * (2 * rng.uniform() - 1));
  const w = Math.min(width, Math.max(1, Math.round(Math.sqrt(area * ratio))));
  const h = Math.min(height, Math.max(1, Math.round(Math.sqrt(area / ratio))));
  return resizedCrop(image, shape, {
    top: rng.integer(0, height - h),
    left: rng.integer(0, width - w),
    height: h,
    width: w,
  });
}

export interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** A part of the image, enlarged to its full size by bilinear interpolation between pixel centres. */
export function resizedCrop(image: Uint8Array, shape: Shape, box: Box): Uint8Array {
  const [channels, height, width] = shape;
  const rows = sources(height, box.top, box.height);
  const columns = sources(width, box.left, box.width);
  const out = new Uint8Array(image.length);
  let at = 0;
  for (let c = 0; c < channels; c++)
    for (const row of rows) {
      const near = (c * height + row.near) * width;
      const far = (c * height + row.far) * width;
      for (const column of columns) {
        const top = mix(image[near + column.near]!, image[near + column.far]!, column.share);
        const bottom = mix(image[far + column.near]!, image[far + column.far]!, column.share);
        out[at++] = Math.round(mix(top, bottom, row.share));
      }
    }
  return out;
}

/** For each of `size` places along an axis: the two pixels of the crop between which it lies, and the second's share. */
function sources(size: number, start: number, length: number): { near: number; far: number; share: number }[] {
  return Array.from({ length: size }, (_, i) => {
    const place = Math.min(Math.max(((i + 0.5) * length) / size - 0.5, 0), length - 1);
    const near = Math.floor(place);
    return { near: start + near, far: start + Math.min(near + 1, length - 1), share: place - near };
  });
}
