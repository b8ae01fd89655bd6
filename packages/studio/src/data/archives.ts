import {
  archivesAsSets,
  archivesOf,
  areClassFolders,
  columnsOfArchives,
  isArchive,
  liesAsData,
  readArchives,
  readImageArchive,
  readTextArchive,
  requireGroups,
  subFoldersOf,
  tableOfArchive,
  taskOfArchives,
  UserError,
  type ImageArchive,
  type TagFile,
} from "taskhead/inputs";
import { folderOf, type GivenFolder } from "./given-folder.js";
import { classListIn, folderAbove, namesBeside } from "./names-beside.js";
import type { PictureRows } from "./picture-rows.js";
import { isHidden, type PlacedFile } from "./placed-file.js";
import { sheetOfSets, type Sheet, type SheetFiles } from "./sheet.js";
import { bytesOf, unpacked } from "./unpacked.js";

/**
 * Archives of pictures or of texts, as WebDataset has them: members whose paths are the same up to the first dot of the name are a
 * sample. Several are sets by their names. Where folders of classes lie beside them, these count.
 * @returns undefined where there are none
 * @throws {UserError} if one is no archive, damaged or cut short
 */
export async function archivesIn(files: readonly PlacedFile[]): Promise<Sheet | undefined> {
  const own = files.filter((file) => !isHidden(file));
  const folder = folderOf(own);
  const inside = [...folder.files.keys()];
  const archives = inside.filter((path) => isArchive(path) && liesAsData(path));
  if (archives.length === 0 || areClassFolders(folder.where, subFoldersOf(inside), 1)) return undefined;
  const { sets, notes } = archivesAsSets(archives);
  const sheet = await sheetOfSets(archivesOf(folder.where, sets, "train"), sets, {
    open: (paths) => opened(folder, paths),
    called: (paths) => calledOf(folder, paths),
  });
  return { ...sheet, notes: [...notes, ...sheet.notes] };
}

function calledOf({ root, where }: GivenFolder, paths: readonly string[]): string {
  return paths.length === 1 ? root + paths[0]! : where;
}

/** The archives of a set, and what lies in them. */
async function opened(folder: GivenFolder, paths: readonly string[]): Promise<SheetFiles> {
  const where = calledOf(folder, paths);
  const blobs = new Map<string, Blob>();
  for (const path of paths) {
    const file = folder.files.get(path)!;
    if (file.file.size === 0) throw new UserError(`${folder.root}${path} is empty; pack or fetch it again`);
    blobs.set(path, await unpacked(file));
  }
  const all: ImageArchive[] = [];
  for (const [path, blob] of blobs)
    all.push(await readImageArchive({ path: folder.root + path, inRoot: path, file: path, bytes: bytesOf(blob) }));
  const above = [...new Set([...paths.map(folderAbove), ""])];
  if (!all.some(({ images }) => images.some(({ image }) => !("reason" in image))))
    return { path: where, files: await textsOf(folder, blobs) };
  const columns = await columnsOfArchives(all);
  const files = all.map((archive): TagFile => ({ table: tableOfArchive(archive, columns) }));
  const namesOf = (some: readonly string[]) => namesBeside(folder, above, some);
  const pictures: PictureRows = {
    columns,
    task: (asked) => taskOfArchives({ where, archives: all, namesOf }, asked),
    read: (options) => readArchives({ root: folder.root, labels: where, where, archives: all, namesOf }, options),
    picture({ path, within }) {
      const { file, start, size } = within!;
      return { name: folder.root + path, picture: blobs.get(file)!.slice(start, start + size) };
    },
    groups({ files: read, recorded }, asked, training) {
      const groups = recorded && read.map(({ path }) => recorded.get(path));
      if (training && groups) requireGroups(groups, asked, { where, first: read[0]!.path, folders: false });
      return groups;
    },
  };
  return { path: where, files: files as [TagFile, ...TagFile[]], pictures };
}

/** Archives without pictures, as tables of texts. */
async function textsOf(folder: GivenFolder, blobs: ReadonlyMap<string, Blob>): Promise<SheetFiles["files"]> {
  const tables: TagFile[] = [];
  for (const [path, blob] of blobs) {
    const list = await classListIn(folder, [folderAbove(path)]);
    tables.push({ table: await readTextArchive(folder.root + path, bytesOf(blob), list?.names ?? null) });
  }
  return tables as [TagFile, ...TagFile[]];
}
