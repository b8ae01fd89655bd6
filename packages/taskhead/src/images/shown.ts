import { basename, relative, resolve } from "node:path";
import type { Shown } from "../data/kind.js";
import { thumbnail } from "./thumbnail.js";

/** Small copies of images. @param root the folder that names are told from */
export async function shownImages(files: readonly string[], root: string | null | undefined): Promise<Shown[]> {
  const all: Shown[] = [];
  for (const file of files) all.push({ name: nameIn(root, file), thumbnail: await thumbnail(file) });
  return all;
}

function nameIn(root: string | null | undefined, file: string): string {
  const name = root ? relative(resolve(root), file) : "";
  return name === "" || name.startsWith("..") ? basename(file) : name.replaceAll("\\", "/");
}
