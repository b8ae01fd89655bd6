import { basename, relative, resolve } from "node:path";
import type { Shown } from "../data/shown.js";
import type { Stored } from "../data/stored.js";
import { thumbnail } from "./pixels/thumbnail.js";

/** Small copies of images. @param root the folder that names are told from */
export async function shownImages(files: readonly Stored[], root: string | null | undefined): Promise<Shown[]> {
  const all: Shown[] = [];
  for (const file of files) all.push({ name: nameIn(root, file), thumbnail: await thumbnail(file) });
  return all;
}

/** Of a picture elsewhere its own name; of one in an archive that with the archive's. */
function nameIn(root: string | null | undefined, { path, within }: Stored): string {
  const name = root ? relative(resolve(root), resolve(path)) : "";
  const inside = name !== "" && !name.startsWith("..");
  return (inside ? name : within ? inArchive(path) : basename(path)).replaceAll("\\", "/");
}

/** "train-000.tar/dog/1.jpg" */
function inArchive(path: string): string {
  const parts = path.split(/[\\/]/);
  return parts.slice(parts.findLastIndex((part) => /\.(tar|tar\.gz|tgz)$/i.test(part))).join("/");
}
