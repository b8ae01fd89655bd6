import { realpath } from "node:fs/promises";
import { extname, join } from "node:path";
import { compare } from "../../data/compare.js";
import { allEntries, entries, requireFolder } from "../../data/sets/folders.js";
import { countKinds, kindsInWords, type LeftOut } from "../../data/left-out.js";
import { doubtfulNames } from "../../data/classes/doubtful-names.js";
import { UserError } from "../../files/errors.js";
import { shown } from "../../files/shown.js";
import { imageName, imageNames } from "../../files/image-names.js";
import type { ImageFile, ImageSource } from "../image-source.js";
import { areClassFolders, isAnnotated, notClassified, otherLayout, type SubFolder } from "./layout.js";
import { layoutNotes } from "./layout-notes.js";
import { kindsOf } from "./left-out.js";

/**
 * Finds images sorted into one folder per class, `dir/class/…`. Folders inside a class belong to it, hidden files and
 * folders and those of systems are passed over, files that are no images are counted, and the order is that of Python's
 * `sorted()` (for names outside the basic plane, of their UTF-16 units). Classes are called by their names' composed
 * Unicode form (NFC).
 * @param fewest classes that are needed: to learn two, and each with an image; to be scored one
 * @throws {UserError} if there is no such folder, it is laid out for something else, it has too few classes, or a class that
 * is to be learned has no image
 */
export async function scanImageFolder(dir: string, fewest = 2): Promise<ImageSource> {
  const root = await requireFolder(dir, "with one folder of images per class");
  const top = await topOf(root);
  const where = shown(root);
  const other = otherLayout(where, top.folders);
  if (other !== undefined) throw new UserError(other);
  const classes = fewest < 2 ? top.folders.filter(({ paths }) => paths.length > 0) : top.folders;
  requireClasses(where, { ...top, folders: classes }, fewest);
  const outputs = [...new Set(classes.map(({ name }) => name.normalize("NFC")))].sort(compare);
  const files: ImageFile[] = [];
  const leftOut: LeftOut[] = [];
  for (const [label, output] of outputs.entries()) {
    const own = classes.filter(({ name }) => name.normalize("NFC") === output);
    const paths = own.flatMap((folder) => folder.paths);
    const left = countKinds(
      output,
      own.flatMap((folder) => folder.kinds),
    );
    if (left) leftOut.push(left);
    if (paths.length === 0) {
      const others = left ? `, only ${kindsInWords(left)}` : "";
      throw new UserError(
        `class '${output}' in ${where} has no image (${imageNames})${others}; add some or remove the folder`,
      );
    }
    for (const path of paths.sort(compare)) files.push({ path, target: label });
  }
  const notes = [
    ...layoutNotes({ where, ...top, folders: classes }),
    ...doubtfulNames("classification", outputs, where),
  ];
  const others = leftOut.length > 0 ? { leftOut } : {};
  return { root, labels: null, columns: [], task: "classification", outputs, files, refused: [], notes, ...others };
}

/** Whether a folder has images of two classes, or of as many as are needed. */
export async function hasClassFolders(root: string, fewest = 2): Promise<boolean> {
  return areClassFolders(root, (await topOf(root)).folders, fewest);
}

/** What is right below a folder. */
interface Top {
  folders: readonly Found[];
  files: readonly string[];
}

async function topOf(root: string): Promise<Top> {
  const all = await entries(root);
  const above = [await realpath(root)];
  const folders: Found[] = [];
  for (const { name } of all.filter((e) => e.folder)) folders.push({ name, ...(await below(root, name, above)) });
  return {
    folders: folders.sort((a, b) => compare(a.name, b.name)),
    files: all.filter((e) => !e.folder).map((e) => e.name),
  };
}

function requireClasses(dir: string, { folders, files }: Top, least: number): void {
  if (folders.length >= least) return;
  const [only] = folders;
  const images = files.filter((name) => imageName.test(name)).length;
  if (isAnnotated(files, (name) => imageName.test(name)))
    throw new UserError(`${dir} holds images and their annotations: ${notClassified}`);
  if (!only) {
    const has =
      images > 0 ? `${images === 1 ? "an image" : `${images} images`} but no class folder` : "no class folder";
    throw new UserError(
      `${dir} has ${has}; put the images of each class into a folder of its own${least > 1 ? ", at least two" : ""}${images > 0 ? ", or name a file that says what is on them with --labels" : ""}`,
    );
  }
  const deeper = only.direct === 0 && only.folders.length > 1 ? `; did you mean ${dir}/${only.name}?` : "";
  throw new UserError(
    `${dir} has only one class folder, '${only.name}'${deeper || "; put the images of each class into a folder of its own, at least two"}`,
  );
}

/** All images below a folder, sorted; paths are relative to it. */
export async function imagesIn(root: string): Promise<string[]> {
  const { paths } = await below(root, ".", []);
  return paths.map((path) => path.slice(2)).sort(compare);
}

/** A folder right below, with its images. */
interface Found extends SubFolder {
  paths: string[];
  /** What each of its files is that is no image. */
  kinds: string[];
}

/** `above` holds the real paths on the way down, so that a link to one of them ends. */
async function below(root: string, path: string, above: readonly string[]): Promise<Omit<Found, "name">> {
  const here = await realpath(join(root, path));
  const found = {
    images: 0,
    direct: 0,
    folders: [] as string[],
    otherFiles: new Set<string>(),
    paths: [] as string[],
    kinds: [] as string[],
  };
  if (above.includes(here)) return found;
  for (const { name, folder, hidden, file } of await allEntries(join(root, path))) {
    const inside = `${path}/${name}`;
    if (folder) {
      if (hidden) continue;
      const { paths, otherFiles, kinds } = await below(root, inside, [...above, here]);
      found.folders.push(name);
      found.paths.push(...paths);
      found.kinds.push(...kinds);
      for (const ending of otherFiles) found.otherFiles.add(ending);
    } else if (file && !hidden && imageName.test(name)) {
      found.direct++;
      found.paths.push(inside);
    } else {
      if (!hidden) found.otherFiles.add(extname(name).toLowerCase());
      found.kinds.push(...kindsOf(name, hidden, file));
    }
  }
  return { ...found, images: found.paths.length };
}
