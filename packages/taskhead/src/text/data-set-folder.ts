import { join, relative } from "node:path";
import { glob } from "tinyglobby";
import { readDataCard } from "../data/data-card.js";
import { compare } from "../data/folders.js";
import type { SetOfFiles } from "../data/kind.js";
import { listed } from "../data/listed.js";
import { roleOf } from "../data/roles.js";
import { filesOfData, setOfRole, setsByName, type FilesOfSets } from "../data/sets-by-name.js";
import { tableFormats } from "../data/table.js";
import { UserError } from "../files/errors.js";
import { isTable } from "../files/samples-kind.js";

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
    ? await namedFiles(root, card.dataFiles, reads)
    : setsByName(await tablesIn(root, reads));
  if (Object.keys(sets).length === 0) return undefined;
  return { sets, classNames: card?.classNames ?? new Map() };
}

/** Tables in a folder, in its `data`, and in folders that are called as sets; absolute. */
export function tablesIn(root: string, reads: (name: string) => boolean = isTable): Promise<string[]> {
  return filesOfData(root, reads);
}

/** @throws {UserError} for files that lie elsewhere, are no tables, or are not there */
async function namedFiles(
  root: string,
  patterns: ReadonlyMap<string, readonly string[]>,
  reads: (name: string) => boolean,
): Promise<FilesOfSets> {
  const sets: FilesOfSets = {};
  const card = join(root, "README.md");
  for (const [name, own] of patterns) {
    const role = roleOf(name);
    if (!role || sets[setOfRole[role]]) continue;
    const away = own.find((pattern) => /^([a-z]+:|[\\/])|(^|[\\/])\.\.([\\/]|$)/i.test(pattern));
    if (away !== undefined)
      throw new UserError(
        `the data card ${card} names files outside its folder (${listed([away])}); give the files themselves`,
      );
    const files = await glob([...own], { cwd: root, absolute: true, expandDirectories: false });
    const inside = files.filter((file) => !relative(root, file).startsWith("..")).sort(compare);
    const other = inside.find((file) => !reads(file));
    if (other !== undefined)
      throw new UserError(
        `the data card ${card} names ${relative(root, other)}, which is no table that can be read; save it as ${tableFormats.join(", ")}`,
      );
    if (inside.length === 0)
      throw new UserError(
        `the data card ${card} names files of ${name} that are not there (${listed(own)}); fetch them, or give the files themselves`,
      );
    sets[setOfRole[role]] = inside;
  }
  return sets;
}
