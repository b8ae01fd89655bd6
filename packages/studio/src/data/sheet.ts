import {
  conllColumns,
  endingOf,
  headOfGraphs,
  isTagged,
  looksTagged,
  openParquetTable,
  openTextTable,
  taggedEndings,
  tableTasks,
  textTableEndings,
  textTasks,
  UserError,
  type Table,
  type TagFile,
  type TextFile,
  type TextTask,
  type TextTableEnding,
} from "taskhead/inputs";
import { dataSetIn } from "./data-set.js";
import { asRanges, asTextFile, isHidden, pathOf, type PlacedFile } from "./placed-file.js";
import type { PictureRows } from "./picture-rows.js";
import { notUsed, otherSets, type SetName } from "./sets.js";

/** Files that are read as one, tables or with a word and its tag a line. */
export interface SheetFiles {
  /** As people call it: the file, or the folder of several. */
  readonly path: string;
  readonly files: readonly [TagFile, ...TagFile[]];
  /** Where its rows are of pictures. */
  readonly pictures?: PictureRows;
}

/** What samples are read from that are rows or lines. */
export interface Sheet extends SheetFiles {
  /** Of the first file. */
  readonly columns: readonly string[];
  /** Whether its files have a graph a line, as JSON. */
  readonly graphs: boolean;
  /** The files of sets that are not trained on. */
  readonly others: Readonly<Partial<Record<(typeof otherSets)[number], SheetFiles>>>;
  /** Of columns of class numbers: what each number stands for, beside what the files say. */
  readonly classNames: ReadonlyMap<string, readonly string[]>;
  /** What is to be known of them, a line each. */
  readonly notes: readonly string[];
}

/** The tables of a sheet; none where one of its files has a word a line. */
export function tablesOf({ files }: Pick<SheetFiles, "files">): readonly Table[] {
  const tables = files.flatMap((file) => ("table" in file ? [file.table] : []));
  return tables.length === files.length ? tables : [];
}

const tableEndings: readonly string[] = [...textTableEndings, ".parquet"];
/** Of files that have a word a line where they look like it. */
const perhapsTagged: readonly string[] = [".tsv", ".txt"];

/** Ends of names of files that may be one. */
export const sheetEndings: readonly string[] = [...tableEndings, ...taggedEndings];

/** What a row or a line is; `labelled`: what is to be predicted of a picture. */
export type RowKind = "texts" | "molecules" | "graphs" | "labelled";

/** What may be learnt of one. */
export function tasksOf(sheet: Sheet, rows: RowKind): readonly TextTask[] {
  if (rows !== "texts") return tableTasks;
  return tablesOf(sheet).length > 0 ? textTasks : ["token-classification"];
}

/** A folder with more is one of texts, of which nobody looks into each. */
const mostTxt = 10;

/**
 * The sheet among what was given, if there is one: the training files of a data set, or the only file.
 * @throws {UserError} if several may be it, or it cannot be read
 */
export async function sheetIn(files: readonly PlacedFile[]): Promise<Sheet | undefined> {
  const own = files.filter((file) => !isHidden(file));
  const looks = own.filter(({ path }) => endingOf(path) === ".txt").length <= mostTxt;
  const found: PlacedFile[] = [];
  for (const file of own) if (await isSheet(file, looks)) found.push(file);
  const [only, ...more] = found;
  if (!only) return undefined;
  if (more.length === 0) return opened(pathOf(only), [only]);
  const set = await dataSetIn(found, own);
  if (!set)
    throw new UserError(
      `there are several tables (${found.slice(0, 4).map(pathOf).join(", ")}), and none is called train; give one of them`,
    );
  const { train, classNames } = set;
  const others: { [Name in (typeof otherSets)[number]]?: SheetFiles } = {};
  const notes: string[] = [];
  for (const name of otherSets) {
    const own = set.others[name];
    if (!own) continue;
    const where = own.length === 1 ? pathOf(own[0]!) : `the ${own.length} tables of ${name} in ${set.where}`;
    try {
      others[name] = { path: where, files: await openedFiles(own) };
    } catch (error) {
      notes.push(notUsed(where, name, error));
    }
  }
  return { ...(await opened(train.length === 1 ? pathOf(train[0]!) : set.where, train)), others, classNames, notes };
}

/**
 * The rows of each set, of one kind; a set that cannot be opened is left out, and said.
 * @param train what is trained on
 * @param sets where the rows of each are
 */
export async function sheetOfSets<Place>(
  train: Place,
  sets: Readonly<Partial<Record<SetName, Place>>>,
  { open, called }: { open(place: Place): Promise<SheetFiles>; called(place: Place): string },
): Promise<Sheet> {
  const own = await open(train);
  const [first] = own.files;
  const columns = own.pictures?.columns ?? ("table" in first ? first.table.columns : []);
  const others: { [Name in (typeof otherSets)[number]]?: SheetFiles } = {};
  const notes: string[] = [];
  for (const set of otherSets) {
    const place = sets[set];
    // Of a folder with one set alone that is trained on.
    if (place === undefined || place === train) continue;
    try {
      others[set] = await open(place);
    } catch (error) {
      notes.push(notUsed(called(place), set, error));
    }
  }
  return { ...own, columns, graphs: false, others, classNames: new Map(), notes };
}

async function isSheet(file: PlacedFile, looks: boolean): Promise<boolean> {
  const ending = endingOf(file.path);
  if (sheetEndings.includes(ending)) return true;
  return looks && ending === ".txt" && (await looksTagged(asTextFile(file)).catch(() => false));
}

async function opened(path: string, all: readonly PlacedFile[]): Promise<Sheet> {
  const files = await openedFiles(all);
  const [first] = files;
  const graphs = await holdsGraphs(all[0]!);
  const columns = "table" in first ? first.table.columns : await columnsOfLines(first.lines, graphs);
  return { path, columns, files, graphs, others: {}, classNames: new Map(), notes: [] };
}

async function openedFiles(all: readonly PlacedFile[]): Promise<SheetFiles["files"]> {
  const files: TagFile[] = [];
  for (const file of all) files.push(await openedFile(file));
  return files as [TagFile, ...TagFile[]];
}

/** @throws {UserError} if it is empty, or no sheet that can be read */
async function openedFile(file: PlacedFile): Promise<TagFile> {
  if (file.file.size === 0) throw new UserError(`${pathOf(file)} is empty; save or fetch it again`);
  const ending = endingOf(file.path);
  const lines = asTextFile(file);
  if (isTagged(file.path) || (perhapsTagged.includes(ending) && (await looksTagged(lines)))) return { lines };
  if (await holdsGraphs(file)) return { lines };
  return { table: await openedTable(file) };
}

/** @throws {UserError} if it is no table that can be read */
export function openedTable(file: PlacedFile): Promise<Table> {
  const ending = endingOf(file.path);
  if (ending === ".parquet") return openParquetTable(pathOf(file), asRanges(file));
  return openTextTable(asTextFile(file), ending as TextTableEnding);
}

/** Whether a file's beginning has the edges of a graph. */
async function holdsGraphs({ path, file }: PlacedFile): Promise<boolean> {
  if (![".jsonl", ".ndjson", ".json"].includes(endingOf(path))) return false;
  return (await file.slice(0, 2 ** 20).text()).includes('"edge_index"');
}

async function columnsOfLines(lines: TextFile, graphs: boolean): Promise<readonly string[]> {
  if (graphs) return (await headOfGraphs(lines)).columns;
  const found = await conllColumns(lines);
  if (!found) throw new UserError(`${lines.path} is empty; give each word a line with its tag`);
  return found.columns;
}
