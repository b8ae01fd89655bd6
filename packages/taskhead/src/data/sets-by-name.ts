import { join } from "node:path";
import { compare, entries } from "./folders.js";
import type { SetOfFiles } from "./kind.js";
import { roleOf, roleOfWord, wordsOf, type Role } from "./roles.js";

/** The files of each set that is there. */
export type FilesOfSets = Partial<Record<SetOfFiles, string[]>>;

export const setOfRole: Readonly<Record<Role, SetOfFiles>> = { train: "train", val: "validation", test: "test" };

/** Files in a folder, in its `data`, and in folders that are called as sets; absolute, sorted. @param root absolute */
export async function filesOfData(root: string, wanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const look = async (dir: string, deeper: boolean): Promise<void> => {
    for (const { name, folder, file } of await entries(dir)) {
      if (file && wanted(name)) found.push(join(dir, name));
      if (folder && deeper && (name === "data" || roleOf(name))) await look(join(dir, name), name === "data");
    }
  };
  await look(root, true);
  return found.sort(compare);
}

/** By the words of a file's name, else by its folder's. */
export function setsByName(files: readonly string[]): FilesOfSets {
  const sets: FilesOfSets = {};
  for (const path of files) {
    const [name, folder] = path.split(/[\\/]/).reverse() as [string, string];
    const roles = new Set(wordsOf(name.replace(/\.[^.]*$/, "")).flatMap((word) => roleOfWord(word) ?? []));
    const [role = roleOf(folder), ...others] = roles;
    if (role && others.length === 0) (sets[setOfRole[role]] ??= []).push(path);
  }
  return sets;
}
