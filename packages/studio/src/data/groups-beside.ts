import type { Groups } from "@taskhead/core/internals";
import {
  byFolder,
  folderGroups,
  groupNotes,
  groupsBeside,
  labelSetsAmong,
  labelTable,
  requireGroups,
} from "taskhead/inputs";
import { foldersIn } from "./given-folder.js";
import { isHidden, pathOf, type PlacedFile } from "./placed-file.js";
import { openedTable } from "./sheet.js";

/** Pictures of one set, in class folders or with masks. */
export interface PicturesOfSet {
  /** What the paths begin with that its folders are in: `photos/`, or nothing. */
  readonly root: string;
  /** Of its pictures, below that. */
  readonly paths: readonly string[];
}

/** What may say the groups of the pictures to train on: the columns of the table beside them, and `folder` where some lie deeper. */
export async function groupColumns(files: readonly PlacedFile[], { root, paths }: PicturesOfSet): Promise<string[]> {
  // One that cannot be read says nothing here: folders are the classes.
  const columns = (await tableBeside(files, root).catch(() => undefined))?.columns ?? [];
  const deeper = folderGroups(paths).some((group) => group !== undefined);
  return deeper && !columns.includes(byFolder) ? [...columns, byFolder] : columns;
}

/**
 * The groups of a set's pictures, as the command line has them.
 * @returns undefined groups where a set beside those to train on says none
 * @throws {UserError} if those to train on say none, or one picture two
 */
export async function groupsOfSet(
  files: readonly PlacedFile[],
  { root, paths }: PicturesOfSet,
  { asked, training }: { readonly asked: string; readonly training: boolean },
): Promise<{ readonly of: Groups | undefined; readonly notes: readonly string[] }> {
  const where = root.slice(0, -1) || "what was given";
  const table = await tableBeside(files, root);
  const of = groupsBeside({ where, paths, table, taken: [], training }, asked);
  if (training && of) requireGroups(of, asked, { where, first: paths[0]!, folders: true });
  return { of, notes: groupNotes({ where, sample: "image" }, asked, { column: of && asked, groups: of ?? [] }) };
}

/** The table of pictures in a folder; undefined where there is none. */
async function tableBeside(files: readonly PlacedFile[], root: string) {
  const inside = new Map(
    files.flatMap((file): [string, PlacedFile][] => {
      const path = pathOf(file);
      return !isHidden(file) && path.startsWith(root) ? [[path.slice(root.length), file]] : [];
    }),
  );
  const read = async (path: string) => labelTable(await openedTable(inside.get(path)!));
  const paths = [...inside.keys()].sort();
  const { train } = await labelSetsAmong({
    called: (inner = "") => `${root}${inner}`,
    files: paths,
    folders: async (inner) => foldersIn(paths, inner),
    read,
  });
  return train && { where: root + train.labels, ...(await read(train.labels)) };
}
