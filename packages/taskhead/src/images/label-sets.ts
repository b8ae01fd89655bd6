import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readDataCard } from "../data/read-data-card.js";
import { entries } from "../data/folders.js";
import type { SetOfFiles } from "../data/kind.js";
import { listed } from "../data/listed.js";
import { roleOf, type Role } from "../data/roles.js";
import { filesOfData } from "../data/files-of-data.js";
import { setOfRole, setsByName } from "../data/sets-by-name.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { readLabelFile } from "./label-file.js";
import { roleOfRow } from "./labelled-images.js";

/** What a file of labels in a folder may be called, in the order in which they are looked for. */
export const labelFiles = ["metadata.csv", "metadata.jsonl", "metadata.parquet", "labels.csv"] as const;

/** A file of labels, and the folder that the paths in it are relative to. */
export interface LabelPlace {
  root: string;
  labels: string;
  /** Where the file has several sets: which of them is meant. */
  role?: Role;
}

/** The sets of a folder; one alone is called train, whatever it is for. */
export type LabelSets = Partial<Record<SetOfFiles, LabelPlace>>;

/**
 * The files of labels of a folder, as Hugging Face's imagefolder has them: one in the folder itself, or one in each folder of a
 * set (`train/metadata.jsonl`, `test/metadata.jsonl`), in the folder or in its `data`. One file may have all sets, where the
 * first folder of every image's path is called as a set.
 * @param root absolute
 * @throws {UserError} if a set has several
 */
export async function labelSetsIn(root: string): Promise<LabelSets> {
  const names = new Set<string>(labelFiles);
  const files = await filesOfData(root, (name) => names.has(name));
  const [own] = inOrder(files.filter((file) => dirname(file) === root));
  if (own !== undefined) return rolesIn(root, own);
  const sets: LabelSets = {};
  for (const [set, found] of Object.entries(setsByName(files)) as [SetOfFiles, string[]][]) {
    const roots = [...new Set(found.map(dirname))];
    if (roots.length > 1)
      throw new UserError(
        `${shown(root)} has several folders of ${set} with a file of labels (${listed(roots.map(shown))}); give one of them`,
      );
    sets[set] = { root: roots[0]!, labels: inOrder(found)[0]! };
  }
  if (Object.keys(sets).length > 0 || files.length === 0) return sets;
  // In `data` alone.
  const [inner] = inOrder(files);
  return rolesIn(dirname(inner!), inner!);
}

function inOrder(files: readonly string[]): string[] {
  return labelFiles.flatMap((name) => files.filter((file) => file.endsWith(name)));
}

/** The sets that one file has. */
async function rolesIn(root: string, labels: string): Promise<LabelSets> {
  const folders = (await entries(root)).filter(({ folder, name }) => folder && roleOf(name));
  if (folders.length > 1) {
    const { rows } = await readLabelFile(labels);
    const roles = new Set(rows.map(({ file }) => roleOfRow(file)));
    if (roles.has("train") && roles.size > 1 && !roles.has(undefined))
      return Object.fromEntries([...(roles as Set<Role>)].map((role) => [setOfRole[role], { root, labels, role }]));
  }
  return { train: { root, labels } };
}

/** The place of a set: of a folder with one alone, that one. @throws {UserError} if it is not there */
export function placeOf(path: string, sets: LabelSets, set: SetOfFiles): LabelPlace {
  const names = Object.keys(sets) as SetOfFiles[];
  const place = sets[set] ?? (names.length === 1 ? sets[names[0]!] : undefined);
  if (place) return place;
  throw new UserError(
    `${path} has no file of labels of ${set} (it has ${names.join(" and ")}); add one, or give the folder of a set itself`,
  );
}

/**
 * What the numbers of classes stand for, as the README.md of a Hugging Face data set says it: in the folder that was given, or
 * in that of the file. One that cannot be followed is told, and its names are not used.
 */
export async function classNamesBeside(
  folders: readonly string[],
): Promise<{ classNames: ReadonlyMap<string, readonly string[]>; notes: string[] }> {
  for (const folder of new Set(folders)) {
    if (!(await stat(join(folder, "README.md")).catch(() => undefined))?.isFile()) continue;
    try {
      const card = await readDataCard(folder);
      if (card && card.classNames.size > 0) return { classNames: card.classNames, notes: [] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { classNames: new Map(), notes: [`names of classes are not taken from the data card: ${error.message}`] };
    }
  }
  return { classNames: new Map(), notes: [] };
}
