import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { maskFoldersAmong, type MaskFolders } from "./mask-names.js";

/**
 * The two in a folder, absolute where that is; undefined unless it has one of each, and masks as PNG in theirs, or in folders there. An empty one is
 * theirs too, which whoever reads it says: no class of pictures is empty.
 */
export function maskFoldersIn(dir: string): MaskFolders | undefined {
  const named = maskFoldersAmong(foldersIn(dir));
  if (!named) return undefined;
  const found = { images: join(dir, named.images), masks: join(dir, named.masks) };
  const inside = readdirSync(found.masks);
  const below = foldersIn(found.masks).map((name) => join(found.masks, name));
  return inside.length === 0 || hasPng(found.masks) || below.some(hasPng) ? found : undefined;
}

function hasPng(dir: string): boolean {
  return readdirSync(dir).some((name) => /\.png$/i.test(name));
}

function foldersIn(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => statSync(join(dir, name), { throwIfNoEntry: false })?.isDirectory());
  } catch {
    // Whoever reads it says what is wrong with it.
    return [];
  }
}
