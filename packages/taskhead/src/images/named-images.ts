import { stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import type { Unusable } from "../data/serving.js";
import type { Stored } from "../data/stored.js";
import { namedArchives } from "../data/archive/archives.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/table-endings.js";
import { shown } from "../files/shown.js";
import { usualCache } from "../files/usual-cache.js";
import { picturesIn } from "./archives/archives-on-disk.js";
import { imageName, imageNames } from "../files/image-names.js";
import { imagesIn } from "./folders/image-folder.js";
import { imagesOfTable } from "./labels/scan-label-file.js";

/**
 * The images that a person names: files as they are, folders with all images below them, those of an archive or of several
 * (`photos-{0..9}.tar`), those that a table names, patterns such as `photos/*.jpg` where no such file exists. Each once, in the
 * order named.
 */
export async function namedImages(names: readonly string[]): Promise<{ files: Stored[]; unusable: Unusable[] }> {
  const files = new Map<string, Stored>();
  const unusable: Unusable[] = [];
  for (const name of names) {
    const found = await filesOf(name, unusable).catch(orReason);
    if (typeof found === "string") unusable.push({ name, reason: found });
    else
      for (const file of found) {
        const key = `${resolve(file.path)}\0${file.within?.start ?? ""}`;
        if (!files.has(key)) files.set(key, file);
      }
  }
  return { files: [...files.values()], unusable };
}

/** @param unusable takes the rows of a table that name none @returns the files, or why there are none */
async function filesOf(name: string, unusable: Unusable[]): Promise<Stored[] | string> {
  const info = await stat(name).catch(() => undefined);
  if (info?.isDirectory()) {
    const found = (await imagesIn(name)).map((path) => ({ path: join(name, path) }));
    return found.length > 0 ? found : `it is a folder without an image (${imageNames})`;
  }
  if (info && isTable(name)) {
    const { paths, refused } = await imagesOfTable(name);
    for (const { row, reason } of refused) unusable.push({ name: `${name}:${row}`, reason });
    return paths.map((path) => ({ path: join(dirname(name), path) }));
  }
  const archives = await namedArchives(name);
  if (archives) {
    const found: Stored[] = [];
    for (const archive of archives) found.push(...(await picturesIn(shown(archive), usualCache())));
    return found.length > 0 ? found : `it is an archive without an image (${imageNames})`;
  }
  const pattern = process.platform === "win32" ? name.replaceAll("\\", "/") : name;
  // A file may be called as a pattern is; one that is not there is reported when it is read.
  if (info || !isDynamicPattern(pattern)) return [{ path: name }];
  const found = (await glob(pattern, { expandDirectories: false, absolute: isAbsolute(pattern) }))
    .filter((file) => imageName.test(file))
    .sort();
  return found.length > 0 ? found.map((path) => ({ path })) : "no image is called so";
}

/** What is wrong with what was given. */
function orReason(error: unknown): string {
  if (error instanceof UserError) return error.message;
  throw error;
}
