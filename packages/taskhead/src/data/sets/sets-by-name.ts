import type { SetOfFiles } from "../kind.js";
import { roleOf, roleOfWord, wordsOf, type Role } from "./roles.js";

/** The files of each set that is there. */
export type FilesOfSets = Partial<Record<SetOfFiles, string[]>>;

export const setOfRole: Readonly<Record<Role, SetOfFiles>> = { train: "train", val: "validation", test: "test" };

/** By the words of a file's name, else by its folder's. */
export function setsByName(files: readonly string[]): FilesOfSets {
  const sets: FilesOfSets = {};
  for (const path of files) {
    const [name, folder] = path.split(/[\\/]/).reverse() as [string, string?];
    const roles = new Set(wordsOf(name.replace(/\.[^.]*$/, "")).flatMap((word) => roleOfWord(word) ?? []));
    const [role = roleOf(folder ?? ""), ...others] = roles;
    if (role && others.length === 0) (sets[setOfRole[role]] ??= []).push(path);
  }
  return sets;
}

/**
 * Whether a file lies where those of a data set do: in its folder, in its `data`, or in folders that are called as sets.
 * @param path relative, with `/`
 */
export function liesAsData(path: string): boolean {
  const folders = path.split("/").slice(0, -1);
  if (folders[0] === "data") folders.shift();
  return folders.length === 0 || (folders.length === 1 && roleOf(folders[0]!) !== undefined);
}
