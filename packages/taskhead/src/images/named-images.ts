import { stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import type { Unusable } from "../data/kind.js";
import type { Stored } from "../data/stored.js";
import { imageName, imageNames } from "./formats.js";
import { imagesIn } from "./image-folder.js";

/**
 * The image files that a person names: files as they are, folders with all images below them, patterns such as
 * `photos/*.jpg` where no such file exists. Each file once, in the order named.
 */
export async function namedImages(names: readonly string[]): Promise<{ files: Stored[]; unusable: Unusable[] }> {
  const files = new Map<string, Stored>();
  const unusable: Unusable[] = [];
  for (const name of names) {
    const found = await filesOf(name);
    if (typeof found === "string") unusable.push({ name, reason: found });
    else for (const file of found) if (!files.has(resolve(file.path))) files.set(resolve(file.path), file);
  }
  return { files: [...files.values()], unusable };
}

/** @returns the files, or why there are none */
async function filesOf(name: string): Promise<Stored[] | string> {
  const info = await stat(name).catch(() => undefined);
  if (info?.isDirectory()) {
    const found = (await imagesIn(name)).map((path) => ({ path: join(name, path) }));
    return found.length > 0 ? found : `it is a folder without an image (${imageNames})`;
  }
  const pattern = process.platform === "win32" ? name.replaceAll("\\", "/") : name;
  // A file may be called as a pattern is; one that is not there is reported when it is read.
  if (info || !isDynamicPattern(pattern)) return [{ path: name }];
  const found = (await glob(pattern, { expandDirectories: false, absolute: isAbsolute(pattern) }))
    .filter((file) => imageName.test(file))
    .sort();
  return found.length > 0 ? found.map((path) => ({ path })) : "no image is called so";
}
