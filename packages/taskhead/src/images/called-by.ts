import { join, relative, resolve } from "node:path";
import type { ImageSource } from "./image-source.js";

/** What people call an image, by the path that they asked for: `photos/cat/1.jpg`. @param file relative to the source's root */
export function calledBy(path: string, { root }: Pick<ImageSource, "root">, file: string): string {
  return join(path, relative(resolve(path), root), file);
}
