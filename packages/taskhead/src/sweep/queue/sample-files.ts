import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { glob } from "tinyglobby";
import { namedArchives } from "../../data/archive/archives.js";
import { folderOf } from "../../images/archives/archives-on-disk.js";
import { imagesOfTable } from "../../images/labels/scan-label-file.js";
import { isTable } from "../../files/table-endings.js";

/** The files that samples are in. */
export interface SampleFiles {
  /** Absolute. */
  readonly root: string;
  /** Relative to it, with `/`. */
  readonly paths: readonly string[];
  /** What they are asked for by, relative to it: one of them, a folder, a pattern of archives. */
  readonly path: string;
}

/** What names the classes of samples beside them. */
const besideSamples = ["classes.txt", "classes.json", "README.md"];

/**
 * All that has to be there for samples to be read elsewhere: a file, all of a folder, archives, or a table and the images that it
 * names.
 * @param images whether the samples are, so that a table names files
 */
export async function filesOfSamples(path: string, images: boolean): Promise<SampleFiles> {
  const archives = await namedArchives(path);
  if (archives) {
    const root = folderOf(archives);
    const own = [...archives.map((one) => relative(root, one).replaceAll("\\", "/")), ...besideIn(root)];
    return { root, paths: own, path: relative(root, path).replaceAll("\\", "/") };
  }
  const [root, name] = [dirname(path), basename(path)];
  if ((await stat(path)).isDirectory()) {
    const inside = (await glob("**/*", { cwd: path, dot: false })).map((file) => `${name}/${file}`);
    // A folder of images with masks may have its classes above it.
    const above = existsSync(join(root, "classes.json")) && inside.length > 1 ? ["classes.json"] : [];
    return { root, paths: [...inside, ...above], path: name };
  }
  const named = images && isTable(path) ? [...(await imagesOfTable(path)).paths, ...besideIn(root)] : [];
  return { root, paths: [name, ...named], path: name };
}

function besideIn(root: string): string[] {
  return besideSamples.filter((name) => existsSync(join(root, name)));
}
