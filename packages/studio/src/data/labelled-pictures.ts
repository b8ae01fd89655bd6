import {
  areClassFolders,
  groupsInLabels,
  imageName,
  isTable,
  labelledImages,
  labelSetsAmong,
  labelTable,
  liesAsData,
  namesFiles,
  placeOf,
  requireGroups,
  roleOf,
  setsByName,
  subFoldersOf,
  taskOfLabels,
  UserError,
  type LabelPlace,
  type SetOfFiles,
} from "taskhead/inputs";
import { classNamesIn, folderOf, foldersIn, type GivenFolder } from "./given-folder.js";
import type { PictureRows } from "./picture-rows.js";
import { isHidden, type PlacedFile } from "./placed-file.js";
import { openedTable, sheetOfSets, type Sheet, type SheetFiles } from "./sheet.js";

type Places = Partial<Record<SetOfFiles, LabelPlace>>;

/**
 * Pictures with a file of labels: `metadata.csv`, `metadata.jsonl`, `metadata.parquet` or `labels.csv` beside them, or in the folder
 * of each set; else a table with a column of their paths. Where folders are the classes, these count.
 * @returns undefined where there are none
 * @throws {UserError} if a file of labels cannot be read, or it is not known which says what is trained on
 */
export async function labelledIn(files: readonly PlacedFile[]): Promise<Sheet | undefined> {
  const own = files.filter((file) => !isHidden(file));
  if (!own.some(({ path }) => imageName.test(path))) return undefined;
  const folder = folderOf(own);
  const inside = [...folder.files.keys()];
  if (areClassFolders(folder.where, subFoldersOf(inside))) return undefined;
  const named = await labelSetsAmong({
    called: (inner = "") => `${folder.root}${inner}` || folder.where,
    files: inside,
    folders: async (inner) => foldersIn(inside, inner),
    read: async (labels) => labelTable(await openedTable(folder.files.get(labels)!)),
  });
  const sets = Object.keys(named).length > 0 ? named : await tablesOfPictures(folder, inside);
  if (Object.keys(sets).length === 0) return undefined;
  return sheetOfSets(placeOf(folder.where, sets, "train"), sets, {
    open: (place) => opened(folder, place),
    called: ({ labels }) => folder.root + labels,
  });
}

/**
 * Tables with a column of pictures' paths, where no folders of sets have folders of classes in them.
 * @throws {UserError} if there are several, and none is called as what is trained on
 */
async function tablesOfPictures({ files, root }: GivenFolder, inside: readonly string[]): Promise<Places> {
  const hasClasses = foldersIn(inside, "").some(
    (name) => roleOf(name) && areClassFolders(name, subFoldersOf(pathsBelow(inside, `${name}/`))),
  );
  const found: string[] = [];
  for (const [path, file] of hasClasses ? [] : files)
    if (isTable(path) && liesAsData(path) && namesFiles((await openedTable(file)).columns)) found.push(path);
  const placeAt = (labels: string): LabelPlace => ({ root: labels.replace(/\/?[^/]*$/, ""), labels });
  const [only, ...more] = found;
  if (only === undefined || more.length === 0) return only === undefined ? {} : { train: placeAt(only) };
  const sets = setsByName(found);
  if (!sets.train)
    throw new UserError(
      `there are several tables of pictures (${found
        .slice(0, 4)
        .map((path) => root + path)
        .join(", ")}), and none is called train; give one of them`,
    );
  return Object.fromEntries(
    (Object.entries(sets) as [SetOfFiles, string[]][]).map(([set, [first]]) => [set, placeAt(first!)]),
  );
}

function pathsBelow(paths: readonly string[], start: string): string[] {
  return paths.flatMap((path) => (path.startsWith(start) ? [path.slice(start.length)] : []));
}

/** The file of labels of a set, and its pictures. */
async function opened(folder: GivenFolder, { root: inner, labels, role }: LabelPlace): Promise<SheetFiles> {
  const { files } = folder;
  const path = folder.root + labels;
  const table = await openedTable(files.get(labels)!);
  const read = await labelTable(table);
  const start = inner === "" ? "" : `${inner}/`;
  const byName = new Map([...files].map(([own, file]) => [own.normalize("NFC"), { own, file }]));
  const { classNames, notes } = await classNamesIn(folder, [start]);
  const place = {
    root: folder.root + inner,
    labels: path,
    called: path,
    async find(wanted: string) {
      const found = byName.get((start + wanted).normalize("NFC"));
      return found && { path: found.own.slice(start.length), outside: false };
    },
  };
  const pictures: PictureRows = {
    columns: read.columns,
    task: async (asked) => taskOfLabels(path, read, asked),
    async read(options) {
      const source = await labelledImages(place, read, { ...options, classNames, ...(role ? { role } : {}) });
      return { ...source, notes: [...notes, ...source.notes] };
    },
    picture: ({ path: own }) => ({ name: folder.root + start + own, picture: files.get(start + own)!.file }),
    groups({ files: all, columns }, asked, training) {
      const paths = all.map((file) => file.path);
      const groups = groupsInLabels({ where: path, taken: columns }, read, paths, { asked, training });
      if (training && groups) requireGroups(groups, asked, { where: path, first: paths[0]!, folders: false });
      return groups;
    },
  };
  return { path: role ? `the images of ${role} in ${path}` : path, files: [{ table }], pictures };
}
