import type { Groups } from "@taskhead/core/internals";
import { groupColumn, groupIn, type GroupedTable } from "../../data/splits/groups.js";
import { named } from "../../data/listed.js";
import { plainPath } from "../../data/plain-path.js";
import { UserError } from "../../files/errors.js";
import type { LabelTable } from "./label-table.js";

/** Where no column is called so: the folders between that of the class, or `images/`, and the image. */
export const byFolder = "folder";

/**
 * The groups of images that a column of a file of labels says.
 * @param paths of the images, relative to the file's folder
 * @param training whether they are the training images, whose column has to be there
 * @returns undefined where others lack it
 * @throws {UserError} if the column is something else already, or an image has two groups
 */
export function groupsInLabels(
  { where, taken }: Pick<GroupedTable, "where" | "taken">,
  { columns, rows }: Pick<LabelTable, "columns" | "rows">,
  paths: readonly string[],
  { asked, training }: { readonly asked: string; readonly training: boolean },
): Groups | undefined {
  const column = groupColumn({ where, columns, taken }, asked, training);
  if (column === undefined) return undefined;
  const groups = new Map<string, string | undefined>();
  for (const { file, cells } of rows) {
    const path = alike(file);
    const { group } = groupIn(cells, column);
    const other = groups.get(path);
    if (other !== undefined && group !== undefined && other !== group)
      throw new UserError(
        `${where} has '${file}' twice, with '${other}' and '${group}' as its ${named(column)}; leave one of them`,
      );
    groups.set(path, group ?? other);
  }
  return paths.map((path) => groups.get(alike(path)));
}

/** A file system may have kept a name in another Unicode form than the file of labels. */
function alike(path: string): string {
  return plainPath(path).normalize("NFC");
}

/** Training images of which none has a group. @param first the path of one, to compare */
export function noGroups(where: string, asked: string, first: string): UserError {
  return new UserError(
    `no image in ${where} has a ${named(asked)} that says its group; fill it in, with the images' paths beside it as they are (${first}), or leave --group out`,
  );
}
