import { leftOutInWords, type LeftOut } from "../data/left-out.js";
import { mostTold, toldRows } from "../data/told.js";
import type { ImageSource } from "./image-source.js";

/** Which rows of the file of labels are of no use, and why; a line each. */
export function refusedRows({ labels, refused }: Pick<ImageSource, "labels" | "refused">): string[] {
  return toldRows(labels ?? "", refused);
}

/** A line for each class of which files are left out. */
export function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  const told = leftOut
    .slice(0, mostTold)
    .map((one) => `${leftOutInWords(one)} (to use pictures, save them as .png or .jpg)`);
  const others = leftOut.length - told.length;
  return others > 0 ? [...told, `files of ${others} more ${others === 1 ? "class" : "classes"} left out`] : told;
}
