import { coloured } from "taskhead/inputs";
import { smallCopy } from "./thumbnail.js";

/** A small picture of a map of classes, each in its colour, as a `data:` URI. @param classes [height, width] */
export async function mapPicture(
  classes: ArrayLike<number>,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<string> {
  const colours = coloured(classes);
  const rgba = new Uint8ClampedArray(4 * classes.length).fill(255);
  for (let i = 0; i < classes.length; i++) rgba.set(colours.subarray(3 * i, 3 * i + 3), 4 * i);
  return smallCopy(new ImageData(rgba, width, height), { type: "image/png" }, false);
}
