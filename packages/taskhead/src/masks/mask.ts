import { ignored } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import type { MaskClasses } from "./classes.js";
import type { RawPng } from "./png.js";

/** A class for every pixel, −1 where it does not count: [height, width]. */
export interface Mask {
  readonly classes: Int32Array;
  readonly width: number;
  readonly height: number;
  /** Pixels that do not count as they are no class, where that is not refused. */
  readonly strangers: number;
}

/** A mask that cannot be used, and why. @param name as people call it */
export class MaskError extends UserError {
  constructor(name: string, reason: string) {
    super(`${name}: ${reason}`);
  }
}

/**
 * The classes of a mask's pixels.
 * @param name of the mask, as people call it
 * @param ignore the value that does not count
 * @param lenient values that are no class do not count either, instead of being refused
 * @throws {MaskError} naming the first value that is no class, and where it is
 */
export function classesOf(
  raw: RawPng,
  name: string,
  { places, colours }: MaskClasses,
  ignore: number | undefined,
  lenient = false,
): Mask {
  const { width, height, values, channels } = raw;
  if (colours !== (channels === 3))
    throw new MaskError(
      name,
      colours
        ? "it holds values, and the file of classes has colours; give each class its value"
        : "it holds colours, and the file of classes has no colour for each class; add them to it",
    );
  const classes = new Int32Array(width * height);
  let strangers = 0;
  for (let i = 0; i < classes.length; i++) {
    const value = valueAt(i);
    const place = value === ignore ? ignored : places.get(value);
    if (place === undefined && !lenient) {
      const what = colours ? `the colour #${value.toString(16).padStart(6, "0")}` : `the value ${value}`;
      throw new MaskError(
        name,
        `it holds ${what} at x ${i % width}, y ${Math.floor(i / width)}, which is no class; add it to the file of classes, or leave it out with --ignore`,
      );
    }
    if (place === undefined) strangers++;
    classes[i] = place ?? ignored;
  }
  return { classes, width, height, strangers };

  function valueAt(i: number): number {
    return channels === 1 ? values[i]! : (values[3 * i]! << 16) | (values[3 * i + 1]! << 8) | values[3 * i + 2]!;
  }
}

/** The values that masks hold, those that are ignored left out. */
export function valuesIn(raw: RawPng, into: Set<number>): void {
  for (const value of raw.values) into.add(value);
}

/** Another size by nearest neighbour between pixels' centres: a class is never mixed of others. */
export function resizedMask(
  { classes, width, height }: Omit<Mask, "strangers">,
  to: { readonly width: number; readonly height: number },
): Int32Array {
  if (width === to.width && height === to.height) return classes;
  const out = new Int32Array(to.width * to.height);
  const along = (i: number, size: number, length: number): number =>
    Math.min(size - 1, Math.floor(((i + 0.5) * size) / length));
  for (let y = 0, at = 0; y < to.height; y++) {
    const row = along(y, height, to.height) * width;
    for (let x = 0; x < to.width; x++) out[at++] = classes[row + along(x, width, to.width)]!;
  }
  return out;
}
