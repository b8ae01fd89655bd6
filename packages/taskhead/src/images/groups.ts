import type { Groups } from "@taskhead/core/internals";
import { isTable } from "../files/table-endings.js";
import { shown } from "../files/shown.js";
import { folderGroups, groupsBeside, requireGroups } from "./groups-beside.js";
import { byFolder } from "./labels/groups-in-labels.js";
import { readLabelFile } from "./labels/label-file.js";
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
  const { root, labels, recorded, paths, training } = grouped;
  const groups = await groupsSaid(grouped, asked);
  if (training && groups)
    requireGroups(groups, asked, { where: shown(labels ?? root), first: shown(paths[0]!), folders: !recorded });
  return groups;
}

async function groupsSaid(
  { root, paths, labels, recorded, columns: taken, training }: Grouped,
  asked: string,
): Promise<Groups | undefined> {
  if (recorded) return paths.map((path) => recorded.get(path));
  // Archives whose records say none.
  if (labels !== null && !isTable(labels)) return asked === byFolder ? folderGroups(paths) : undefined;
  const file = labels ?? (await labelSetsIn(root)).train?.labels;
  const table = file === undefined ? undefined : { where: shown(file), ...(await readLabelFile(file)) };
  return groupsBeside({ where: shown(root), paths, table, taken, training }, asked);
}
