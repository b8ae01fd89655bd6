import type { Groups } from "@taskhead/core/internals";
import { listed, named } from "../data/listed.js";
import type { GroupedTable } from "../data/splits/groups.js";
import { UserError } from "../files/errors.js";
import { byFolder, groupsInLabels, noGroups } from "./labels/groups-in-labels.js";
import { labelFiles } from "./labels/label-sets.js";
import type { LabelTable } from "./labels/label-table.js";

/** Images, and the file beside them that may say their groups. */
export interface ImagesBesideTable extends Pick<GroupedTable, "where" | "taken"> {
  /** Relative to their folder, with `/`: `cat/patient-1/3.png`. */
  readonly paths: readonly string[];
  readonly table: ({ readonly where: string } & Pick<LabelTable, "columns" | "rows">) | undefined;
  /** Whether they are the training images, whose groups have to be known. */
  readonly training: boolean;
}

/**
 * The groups of images: a column of the table beside them; or `folder`, where no column is called so.
 * @returns undefined where other sets than training say none
 * @throws {UserError} if there is no such column of training images, or one has two groups
 */
export function groupsBeside(
  { where, paths, table, taken, training }: ImagesBesideTable,
  asked: string,
): Groups | undefined {
  if (asked === byFolder && !table?.columns.includes(asked)) return folderGroups(paths);
  if (table) return groupsInLabels({ where: table.where, taken }, table, paths, { asked, training });
  if (!training) return undefined;
  throw new UserError(
    `${where} has no ${listed(labelFiles)} that could say the ${named(asked)} of each image; put one there, with the columns file_name and ${asked}, or give --group ${byFolder} for the folders that images lie in below their class`,
  );
}

/** The folders that images lie in below that of their class, or `images/`. */
export function folderGroups(paths: readonly string[]): Groups {
  return paths.map(folderOf);
}

/** `patient-1` of `cat/patient-1/3.png`; undefined right in the class's folder. */
function folderOf(path: string): string | undefined {
  const inner = path.split("/").slice(1, -1);
  return inner.length > 0 ? inner.join("/") : undefined;
}

/** @param folders whether folders may say groups @throws {UserError} if of training images none has one */
export function requireGroups(
  groups: Groups,
  asked: string,
  { where, first, folders }: { readonly where: string; readonly first: string; readonly folders: boolean },
): void {
  if (groups.some((group) => group !== undefined)) return;
  if (!folders || asked !== byFolder) throw noGroups(where, asked, first);
  throw new UserError(
    `no image in ${where} lies in a folder below that of its class, as --group ${byFolder} wants; sort them into such folders, or name a column with --group`,
  );
}
