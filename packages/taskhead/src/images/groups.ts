import { dirname, posix } from "node:path";
import type { Groups } from "@taskhead/core/internals";
import { groupColumn, groupIn } from "../data/groups.js";
import { listed, named } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/table-endings.js";
import { shown } from "../files/shown.js";
import { readLabelFile } from "./label-file.js";
import { labelFiles, labelSetsIn } from "./label-sets.js";

/** Images whose groups are asked for. */
export interface Grouped {
  /** Their folder; absolute. */
  readonly root: string;
  /** Relative to it, with `/`: `cat/patient-1/3.png`. */
  readonly paths: readonly string[];
  /** The file of labels or the archives that were read; null where there are none. */
  readonly labels: string | null;
  /** What records of archives say. */
  readonly recorded?: ReadonlyMap<string, string | undefined> | undefined;
  /** The columns that say what is to be predicted. */
  readonly columns: readonly string[];
  /** Whether they are the training images, whose groups have to be known. */
  readonly training: boolean;
}

/** Where no column is called so: the folders between that of the class, or `images/`, and the image. */
export const byFolder = "folder";

/**
 * The groups of images: a column of the file of labels, of `metadata.csv` beside class folders too; or `folder`.
 * @returns undefined where other sets than training say none
 * @throws {UserError} if the training images say none, or of one image two
 */
export async function groupsOfImages(grouped: Grouped, asked: string): Promise<Groups | undefined> {
  const groups = await groupsSaid(grouped, asked);
  if (!grouped.training || groups === undefined || groups.some((group) => group !== undefined)) return groups;
  const where = shown(grouped.labels ?? grouped.root);
  throw new UserError(
    asked === byFolder && grouped.recorded === undefined
      ? `no image in ${where} lies in a folder below that of its class, as --group ${byFolder} wants; sort them into such folders, or name a column with --group`
      : `no image in ${where} has a ${named(asked)} that says its group; fill it in, with the images' paths beside it as they are (${shown(grouped.paths[0]!)}), or leave --group out`,
  );
}

async function groupsSaid(
  { root, paths, labels, recorded, columns: taken, training }: Grouped,
  asked: string,
): Promise<Groups | undefined> {
  if (recorded) return paths.map((path) => recorded.get(path));
  // Archives whose records say none.
  if (labels !== null && !isTable(labels)) return asked === byFolder ? paths.map(folderOf) : undefined;
  const file = labels ?? (await labelSetsIn(root)).train?.labels;
  const table = file === undefined ? undefined : await readLabelFile(file);
  if (asked === byFolder && !table?.columns.includes(asked)) return paths.map(folderOf);
  if (!table) {
    if (!training) return undefined;
    throw new UserError(
      `${shown(root)} has no ${listed(labelFiles)} that could say the ${named(asked)} of each image; put one there, with the columns file_name and ${asked}, or give --group ${byFolder} for the folders that images lie in below their class`,
    );
  }
  const column = groupColumn({ where: shown(file!), columns: table.columns, taken }, asked, training);
  if (column === undefined) return undefined;
  const groups = new Map<string, string | undefined>();
  for (const { file: image, cells } of table.rows) {
    const path = plain(image);
    const { group } = groupIn(cells, column);
    const other = groups.get(path);
    if (other !== undefined && group !== undefined && other !== group)
      throw new UserError(
        `${shown(file!)} has '${image}' twice, with '${other}' and '${group}' as its ${named(column)}; leave one of them`,
      );
    groups.set(path, group ?? other);
  }
  return paths.map((path) => groups.get(plain(path)));
}

/** `patient-1` of `cat/patient-1/3.png`; undefined right in the class's folder. */
function folderOf(path: string): string | undefined {
  const [, ...inner] = dirname(path).split("/");
  return inner.length > 0 ? inner.join("/") : undefined;
}

/** A file system may have kept a name in another Unicode form than the file of labels. */
function plain(path: string): string {
  return posix.normalize(path.replaceAll("\\", "/")).normalize("NFC");
}
