import { realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { RefusedRow } from "../../data/tables/rows.js";
import { shown } from "../../files/shown.js";
import type { ImageSource } from "../image-source.js";
import { readLabelFile } from "./label-file.js";
import { imagesOf, labelledImages, type FindImage, type LabelOptions } from "./labelled-images.js";

/**
 * As `labelledImages`, of files on a disk.
 * @throws {UserError} if the file cannot be read, too
 */
export async function scanLabelFile(root: string, labels: string, options: LabelOptions): Promise<ImageSource> {
  const place = { root, labels, called: shown(labels), find: await findIn(root) };
  return labelledImages(place, await readLabelFile(labels), options);
}

/** The images that a table names, whatever it says of them; paths are relative to its folder. */
export async function imagesOfTable(file: string): Promise<{ paths: string[]; refused: RefusedRow[] }> {
  const table = await readLabelFile(file);
  const refused = [...table.refused];
  const find = await findIn(dirname(file));
  const images = await imagesOf(table, find, ({ row }, reason) => void refused.push({ row, reason }));
  return { paths: [...images.values()], refused };
}

async function findIn(root: string): Promise<FindImage> {
  const insides = await insidesOf(root);
  return async (path) => {
    // A file system may have kept a name in another Unicode form than the file of labels.
    for (const form of new Set([path, path.normalize("NFC"), path.normalize("NFD")])) {
      const info = await stat(join(root, form)).catch(() => undefined);
      if (!info?.isFile()) continue;
      const real = await realpath(join(root, form));
      return { path: form, outside: !insides.some((dir) => real.startsWith(dir)) };
    }
    return undefined;
  };
}

/** The folder itself, where links lead; and where the hub's cache keeps the files that its snapshots are links to. */
async function insidesOf(root: string): Promise<string[]> {
  const real = await realpath(root);
  const cached = /^(.*[\\/])snapshots[\\/][0-9a-f]{40}([\\/]|$)/.exec(real)?.[1];
  return [join(real, sep), ...(cached === undefined ? [] : [join(cached, "blobs", sep)])];
}
