import type { SetOfFiles } from "../../data/kind.js";
import { listed } from "../../data/listed.js";
import { roleOf, type Role } from "../../data/sets/roles.js";
import { liesAsData, setOfRole, setsByName } from "../../data/sets/sets-by-name.js";
import { UserError } from "../../files/errors.js";
import { roleOfRow } from "./labelled-images.js";
import type { LabelTable } from "./label-table.js";

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

/** A folder that files of labels are looked for in. */
export interface LabelledFolder {
  /** As people call it, and a folder in it. */
  called(folder?: string): string;
  /** The files in it, in its `data`, and in folders that are called as sets; relative to it, with `/`, sorted. */
  readonly files: readonly string[];
  /** The names of folders in it, or in one that is. */
  folders(inside: string): Promise<readonly string[]>;
  read(labels: string): Promise<LabelTable>;
}

/**
 * The files of labels of a folder, as Hugging Face's imagefolder has them: one in the folder itself, or one in each folder of a
 * set (`train/metadata.jsonl`, `test/metadata.jsonl`), in the folder or in its `data`. One file may have all sets, where the
 * first folder of every image's path is called as a set.
 * @returns places relative to the folder, itself as ""
 * @throws {UserError} if a set has several
 */
export async function labelSetsAmong(folder: LabelledFolder): Promise<LabelSets> {
  const files = folder.files.filter((file) => liesAsData(file) && isLabelFile(file));
  const [own] = inOrder(files.filter((file) => !file.includes("/")));
  if (own !== undefined) return rolesIn(folder, own);
  const sets: LabelSets = {};
  for (const [set, found] of Object.entries(setsByName(files)) as [SetOfFiles, string[]][]) {
    const roots = [...new Set(found.map(folderOf))];
    if (roots.length > 1)
      throw new UserError(
        `${folder.called()} has several folders of ${set} with a file of labels (${listed(roots.map((root) => folder.called(root)))}); give one of them`,
      );
    sets[set] = { root: roots[0]!, labels: inOrder(found)[0]! };
  }
  if (Object.keys(sets).length > 0 || files.length === 0) return sets;
  // In `data` alone.
  return rolesIn(folder, inOrder(files)[0]!);
}

/** Whether a file is called as one of labels. */
export function isLabelFile(path: string): boolean {
  return (labelFiles as readonly string[]).includes(path.slice(path.lastIndexOf("/") + 1));
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function inOrder(files: readonly string[]): string[] {
  return labelFiles.flatMap((name) => files.filter((file) => file.endsWith(name)));
}

/** The sets that one file has. */
async function rolesIn(folder: LabelledFolder, labels: string): Promise<LabelSets> {
  const root = folderOf(labels);
  const called = (await folder.folders(root)).filter(roleOf);
  if (called.length > 1) {
    const { rows } = await folder.read(labels);
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
