import type { LeftOut } from "../data/left-out.js";
import { toldRows } from "../data/tables/told-rows.js";
import { toldLeftOut } from "../data/told.js";
import type { ImageSource } from "./image-source.js";

/** Which rows of the file of labels are of no use, and why; a line each. */
export function refusedRows({ labels, refused }: Pick<ImageSource, "labels" | "refused">): string[] {
  return toldRows(labels ?? "", refused);
}

/** A line for each class of which files are left out. */
export function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  return toldLeftOut(leftOut, "to use pictures, save them as .png or .jpg");
}
