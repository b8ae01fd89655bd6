import { dirname, posix } from "node:path";
import type { Groups } from "@taskhead/core/internals";
import { groupColumn, groupIn } from "../data/groups.js";
import { listed, named } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { readLabelFile } from "./label-file.js";
import { labelFiles, labelSetsIn } from "./label-sets.js";

/** Images whose groups are asked for. */
export interface Grouped {
  /** Their folder; absolute. */
  readonly root: string;
  /** Relative to it, with `/`: `cat/patient-1/3.png`. */
  readonly paths: readonly string[];
  /** The file of labels that was read; null where there is none. */
  readonly labels: string | null;
  /** The columns that say what is to be predicted. */
  readonly columns: readonly string[];
  /** Whether they are the training images, whose groups have to be known. */
  readonly training: boolean;
}

/** Where no column is called so: the folders between that of the class, or `images/`, and the image. */
const byFolder = "folder";

/**
 * The groups of images: a column of the file of labels, of `metadata.csv` beside class folders too; or `folder`.
 * @returns undefined where other sets than training say none
 * @throws {UserError} if the training images say none
 */
export async function groupsOfImages(
  { root, paths, labels, columns: taken, training }: Grouped,
  asked: string,
): Promise<Groups | undefined> {
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
  const groups = new Map(table.rows.map(({ file, cells }) => [plain(file), groupIn(cells, column).group]));
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
