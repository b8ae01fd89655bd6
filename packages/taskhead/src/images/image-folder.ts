import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../files/errors.js";

/** Images sorted into one folder per class. */
export interface ImageFolder {
  /** Absolute. */
  root: string;
  /** The class folders' names, sorted; a label is an index into them. */
  classes: string[];
  /** Sorted by class, then by path. */
  files: ImageFile[];
}

export interface ImageFile {
  /** Relative to the root, with `/` on every system. */
  path: string;
  label: number;
}

const image = /\.(jpe?g|png|webp)$/i;

/**
 * Finds the images of `dir/class/…`. Folders inside a class belong to it, hidden files and folders are passed over, and
 * the order is that of Python's `sorted()` (for names outside the basic plane, of their UTF-16 units).
 * @throws {UserError} if there is no such folder, it has fewer than two classes, or a class has no image
 */
export async function scanImageFolder(dir: string): Promise<ImageFolder> {
  const root = resolve(dir);
  const info = await stat(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR")
      throw new UserError(`${dir} does not exist; give a folder with one folder of images per class`);
    throw unreadable(dir, error);
  });
  if (!info.isDirectory()) throw new UserError(`${dir} is a file; give a folder with one folder of images per class`);

  const found = (await entries(root)).filter((e) => e.folder).map((e) => e.name);
  const classes = found.sort(compare);
  if (classes.length < 2) {
    const has = classes.length === 0 ? "no class folder" : `only one class folder, '${classes[0]}'`;
    throw new UserError(`${dir} has ${has}; put the images of each class into a folder of its own, at least two`);
  }
  const files: ImageFile[] = [];
  for (const [label, name] of classes.entries()) {
    const paths = await imagesBelow(root, name, [await realpath(root)]);
    if (paths.length === 0)
      throw new UserError(
        `class '${name}' in ${dir} has no image (.jpg, .jpeg, .png, .webp); add some or remove the folder`,
      );
    for (const path of paths.sort(compare)) files.push({ path, label });
  }
  return { root, classes, files };
}

/**
 * Labels of two folders mean the same only if their classes are the same.
 * @throws {UserError} naming the classes that one of them lacks
 */
export function checkSameClasses(train: ImageFolder, other: ImageFolder): void {
  const missing = train.classes.filter((c) => !other.classes.includes(c));
  const extra = other.classes.filter((c) => !train.classes.includes(c));
  if (missing.length + extra.length === 0) return;
  const list = (names: string[]): string => names.map((n) => `'${n}'`).join(", ");
  const parts = [missing.length > 0 && `lacks ${list(missing)}`, extra.length > 0 && `also has ${list(extra)}`].filter(
    Boolean,
  );
  throw new UserError(
    `the classes of ${other.root} are not those of ${train.root}: it ${parts.join(" and ")}; both need the same class folders`,
  );
}

/** By code unit, whatever the locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `above` holds the real paths on the way down, so that a link to one of them ends. */
async function imagesBelow(root: string, path: string, above: readonly string[]): Promise<string[]> {
  const here = await realpath(join(root, path));
  if (above.includes(here)) return [];
  const found: string[] = [];
  for (const { name, folder } of await entries(join(root, path))) {
    const inside = `${path}/${name}`;
    if (folder) found.push(...(await imagesBelow(root, inside, [...above, here])));
    else if (image.test(name)) found.push(inside);
  }
  return found;
}

/** What a folder holds, links followed, hidden and dangling ones left out. */
async function entries(dir: string): Promise<{ name: string; folder: boolean }[]> {
  const all = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(dir, error);
  });
  const visible = all.filter((e) => !e.name.startsWith("."));
  const kinds = await Promise.all(
    visible.map((e) => (e.isSymbolicLink() ? stat(join(dir, e.name)).catch(() => undefined) : e)),
  );
  return visible.flatMap((e, i) => {
    const kind = kinds[i];
    return kind?.isDirectory() || kind?.isFile() ? [{ name: e.name, folder: kind.isDirectory() }] : [];
  });
}

function unreadable(path: string, error: NodeJS.ErrnoException): UserError {
  return new UserError(`${path} cannot be read (${error.code ?? error.message}); check its permissions`);
}
