/** Names of sets of samples, as folders and files have them. */

export type Role = "train" | "val" | "test";

/** `train`, `Training`, `train2017`, `valid_1` … */
const roles: readonly (readonly [Role, RegExp])[] = [
  ["train", /^(train|trains|training|trainset)$/],
  ["val", /^(val|valid|validation|validate|valset|dev)$/],
  ["test", /^(test|tests|testing|testset)$/],
];

/** Whether the names of classes are those of sets, though their samples lie in them. */
export function namesOfSets(folders: readonly { readonly name: string }[]): boolean {
  return folders.length > 1 && folders.every(({ name }) => roleOf(name));
}

/** Which set a folder or file is called, if its name says nothing else. */
export function roleOf(name: string): Role | undefined {
  const words = wordsOf(name);
  return words.length === 1 ? roleOfWord(words[0]!) : undefined;
}

/** @param word lower case */
export function roleOfWord(word: string): Role | undefined {
  return roles.find(([, pattern]) => pattern.test(word))?.[0];
}

/** The words of a name, lower case; without numbers, which count versions and years. */
export function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== "");
}
