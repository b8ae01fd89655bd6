import { join, relative } from "node:path";
import { glob } from "tinyglobby";
import { filesOfData } from "../data/sets/files-of-data.js";
import type { SetOfFiles } from "../data/kind.js";
import { namedSets } from "../data/sets/named-sets.js";
import { readDataCard } from "../data/sets/read-data-card.js";
import { setsByName, type FilesOfSets } from "../data/sets/sets-by-name.js";
import { isTable } from "../files/table-endings.js";

/** A folder of tables with the sets of one data set. */
export interface DataSetFolder {
  /** The tables of each set that is there, absolute, sorted. */
  readonly sets: Readonly<Partial<Record<SetOfFiles, readonly string[]>>>;
  /** Of columns of class numbers: what each number stands for. */
  readonly classNames: ReadonlyMap<string, readonly string[]>;
}

/**
 * Finds the tables of a data set as Hugging Face's hub has it: those that its README.md names, else those whose names say
 * `train`, `validation` or `test` (as `train.csv`, `data/train-00000-of-00001.parquet`, `train/0000.parquet`).
 * @param root absolute
 * @param reads whether a file can be read, by its name
 * @returns undefined if the folder is none
 * @throws {UserError} if the README.md cannot be followed
 */
export async function findDataSet(
  root: string,
  reads: (name: string) => boolean = isTable,
): Promise<DataSetFolder | undefined> {
  const card = await readDataCard(root);
  const sets = card?.dataFiles
    ? inFolder(
        root,
        await namedSets({ card: join(root, "README.md"), ...card, reads, find: (own) => filesOf(root, own) }),
      )
    : setsByName(await tablesIn(root, reads));
  if (Object.keys(sets).length === 0) return undefined;
  return { sets, classNames: card?.classNames ?? new Map() };
}

/** Tables in a folder, in its `data`, and in folders that are called as sets; absolute. */
export function tablesIn(root: string, reads: (name: string) => boolean = isTable): Promise<string[]> {
  return filesOfData(root, reads);
}

/** What is meant by patterns, relative, with `/`. */
async function filesOf(root: string, patterns: readonly string[]): Promise<string[]> {
  const files = await glob([...patterns], { cwd: root, absolute: true, expandDirectories: false });
  return files.map((file) => relative(root, file).replaceAll("\\", "/"));
}

function inFolder(root: string, sets: FilesOfSets): FilesOfSets {
  return Object.fromEntries(Object.entries(sets).map(([set, files]) => [set, files.map((file) => join(root, file))]));
}
