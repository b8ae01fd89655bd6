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
  const folder = withPictures(files);
  if (!folder || holdsClasses(folder)) return undefined;
  return sheetOf(folder, { beside: false });
}

/**
 * The file of labels beside class folders, which count unless it is asked for, as the command's `--task`, `--label` and `--labels` do.
 * @returns undefined where there is none that can be read
 */
export async function labelsBeside(files: readonly PlacedFile[]): Promise<Sheet | undefined> {
  const folder = withPictures(files);
  try {
    const sheet = folder && (await sheetOf(folder, { beside: true }));
    const note = (path: string): string => `folders are not read as classes, as ${path} says what is to be predicted`;
    return sheet && { ...sheet, notes: [...sheet.notes, note(sheet.path)] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // Nobody has asked for it.
    return undefined;
  }
}

/** Whether class folders are in what was given, or in the one folder that was, though it is called as a set. */
function holdsClasses({ root, where, files }: GivenFolder): boolean {
  const inside = [...files.keys()];
  const [only, ...others] = new Set(inside.map((path) => path.split("/")[0]!));
  const own = root === "" && only !== undefined && others.length === 0 ? pathsBelow(inside, `${only}/`) : inside;
  return areClassFolders(where, subFoldersOf(own));
}

/** All that was given, where pictures are in it. */
function withPictures(files: readonly PlacedFile[]): GivenFolder | undefined {
  const own = files.filter((file) => !isHidden(file));
  return own.some(({ path }) => imageName.test(path)) ? folderOf(own) : undefined;
}

/** The files of labels in a folder. @param beside whether they may lie beside folders of classes */
async function sheetOf(folder: GivenFolder, { beside }: { readonly beside: boolean }): Promise<Sheet | undefined> {
  const inside = [...folder.files.keys()];
  const named = await labelSetsAmong({
    called: (inner = "") => `${folder.root}${inner}` || folder.where,
    files: inside,
    folders: async (inner) => foldersIn(inside, inner),
    read: async (labels) => labelTable(await openedTable(folder.files.get(labels)!)),
  });
  const tables = Object.keys(named).length > 0 || (!beside && setsHaveClasses(inside));
  const sets = tables ? named : await tablesOfPictures(folder);
  if (Object.keys(sets).length === 0) return undefined;
  return sheetOfSets(placeOf(folder.where, sets, "train"), sets, {
    open: (place) => opened(folder, place),
    called: ({ labels }) => folder.root + labels,
  });
}

/** Whether folders of sets have folders of classes in them. @param inside paths of all files */
function setsHaveClasses(inside: readonly string[]): boolean {
  return foldersIn(inside, "").some(
    (name) => roleOf(name) && areClassFolders(name, subFoldersOf(pathsBelow(inside, `${name}/`))),
  );
}

/**
 * Tables with a column of pictures' paths.
 * @throws {UserError} if there are several, and none is called as what is trained on
 */
async function tablesOfPictures({ files, root }: GivenFolder): Promise<Places> {
  const found: string[] = [];
  for (const [path, file] of files)
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
    task: async (asked) =>
      taskOfLabels(path, { ...read, classNames: new Map([...(read.classNames ?? []), ...classNames]) }, asked),
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
