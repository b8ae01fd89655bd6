import { dirname } from "node:path";
import type { Groups } from "@taskhead/core/internals";
import { listed, named } from "../data/listed.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/table-endings.js";
import { shown } from "../files/shown.js";
import { byFolder, groupsInLabels, noGroups } from "./labels/groups-in-labels.js";
import { readLabelFile } from "./labels/label-file.js";
import { labelFiles } from "./labels/label-sets.js";
import { labelSetsIn } from "./labels/labels-on-disk.js";

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

/**
 * The groups of images: a column of the file of labels, of `metadata.csv` beside class folders too; or `folder`.
 * @returns undefined where other sets than training say none
 * @throws {UserError} if the training images say none, or of one image two
 */
export async function groupsOfImages(grouped: Grouped, asked: string): Promise<Groups | undefined> {
  const groups = await groupsSaid(grouped, asked);
  if (!grouped.training || groups === undefined || groups.some((group) => group !== undefined)) return groups;
  const where = shown(grouped.labels ?? grouped.root);
  if (asked !== byFolder || grouped.recorded !== undefined) throw noGroups(where, asked, shown(grouped.paths[0]!));
  throw new UserError(
    `no image in ${where} lies in a folder below that of its class, as --group ${byFolder} wants; sort them into such folders, or name a column with --group`,
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
  return groupsInLabels({ where: shown(file!), taken }, table, paths, { asked, training });
}

/** `patient-1` of `cat/patient-1/3.png`; undefined right in the class's folder. */
function folderOf(path: string): string | undefined {
  const [, ...inner] = dirname(path).split("/");
  return inner.length > 0 ? inner.join("/") : undefined;
}
