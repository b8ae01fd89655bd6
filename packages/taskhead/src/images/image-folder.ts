import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../files/errors.js";
import { imageName, imageNames } from "./formats.js";
import type { ImageFile, ImageSource } from "./image-source.js";
import { countKinds, kindsInWords, kindsOf, type LeftOut } from "./left-out.js";

/**
 * Finds images sorted into one folder per class, `dir/class/…`. Folders inside a class belong to it, hidden files and folders
 * are passed over, files that are no images are counted, and the order is that of Python's `sorted()` (for names outside the basic plane, of their UTF-16 units).
 * @throws {UserError} if there is no such folder, it has fewer than two classes, or a class has no image
 */
export async function scanImageFolder(dir: string): Promise<ImageSource> {
  const root = await requireFolder(dir, "with one folder of images per class");
  const found = (await entries(root)).filter((e) => e.folder).map((e) => e.name);
  const classes = found.sort(compare);
  if (classes.length < 2) {
    const has = classes.length === 0 ? "no class folder" : `only one class folder, '${classes[0]}'`;
    throw new UserError(`${dir} has ${has}; put the images of each class into a folder of its own, at least two`);
  }
  const files: ImageFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const [label, name] of classes.entries()) {
    const kinds: string[] = [];
    const paths = await imagesBelow(root, name, [await realpath(root)], kinds);
    const left = countKinds(name, kinds);
    if (left) leftOut.push(left);
    if (paths.length === 0) {
      const other = left ? `, only ${kindsInWords(left)}` : "";
      throw new UserError(
        `class '${name}' in ${dir} has no image (${imageNames})${other}; add some or remove the folder`,
      );
    }
    for (const path of paths.sort(compare)) files.push({ path, target: label });
  }
  const others = leftOut.length > 0 ? { leftOut } : {};
  return { root, labels: null, columns: [], task: "classification", outputs: classes, files, refused: [], ...others };
}

/** Whether a folder has images of two classes. */
export async function hasClassFolders(root: string): Promise<boolean> {
  let found = 0;
  for (const { name, folder } of await entries(root))
    if (folder && (await imagesBelow(root, name, [await realpath(root)])).length > 0) found++;
  return found >= 2;
}

/**
 * @param wanted what kind of folder is needed, in words
 * @returns its absolute path
 * @throws {UserError} if there is no such folder
 */
export async function requireFolder(dir: string, wanted: string): Promise<string> {
  const root = resolve(dir);
  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      throw new UserError(`${dir} does not exist; give a folder ${wanted}`);
    throw unreadable(dir, error);
  });
  if (!info.isDirectory()) throw new UserError(`${dir} is a file; give a folder ${wanted}`);
  return root;
}

/** By code unit, whatever the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * @param above the real paths on the way down, so that a link to one of them ends
 * @param kinds gets what each file is that is no image
 */
async function imagesBelow(
  root: string,
  path: string,
  above: readonly string[],
  kinds: string[] = [],
): Promise<string[]> {
  const here = await realpath(join(root, path));
  if (above.includes(here)) return [];
  const found: string[] = [];
  for (const { name, folder, hidden, file } of await allEntries(join(root, path))) {
    const inside = `${path}/${name}`;
    if (folder) found.push(...(hidden ? [] : await imagesBelow(root, inside, [...above, here], kinds)));
    else if (file && !hidden && imageName.test(name)) found.push(inside);
    else kinds.push(...kindsOf(name, hidden, file));
  }
  return found;
}

interface Entry {
  name: string;
  hidden: boolean;
  folder: boolean;
  /** Neither this nor a folder: a link to nothing, a pipe. */
  file: boolean;
}

/** What a folder holds, links followed, hidden and dangling ones left out. */
async function entries(dir: string): Promise<Entry[]> {
  return (await allEntries(dir)).filter((e) => !e.hidden && (e.folder || e.file));
}

async function allEntries(dir: string): Promise<Entry[]> {
  const all = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(dir, error);
  });
  const kinds = await Promise.all(
    all.map((e) => (e.isSymbolicLink() ? stat(join(dir, e.name)).catch(() => undefined) : e)),
  );
  return all.map(({ name }, i) => ({
    name,
    hidden: name.startsWith("."),
    folder: kinds[i]?.isDirectory() ?? false,
    file: kinds[i]?.isFile() ?? false,
  }));
}

function unreadable(path: string, error: NodeJS.ErrnoException): UserError {
  return new UserError(`${path} cannot be read (${error.code ?? error.message}); check its permissions`);
}
