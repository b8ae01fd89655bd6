import { classNamesOfCards, dataCardOf, roleOf, type NamesOfCards } from "taskhead/inputs";
import { partsOf, pathOf, type PlacedFile } from "./placed-file.js";

/** All that was given, as one folder. */
export interface GivenFolder {
  /** As people call it. */
  readonly where: string;
  /** What the paths of its files begin with: `photos/`, or nothing. */
  readonly root: string;
  /** By their paths in it, sorted. */
  readonly files: ReadonlyMap<string, PlacedFile>;
}

/** The folder that all files are in, or in whose folders: one that is called as a set, or `data`, is in another. */
export function folderOf(files: readonly PlacedFile[]): GivenFolder {
  const folders = files.map((file) => partsOf(file).slice(0, -1));
  let parts = folders[0] ?? [];
  for (const own of folders) {
    const other = parts.findIndex((part, i) => part !== own[i]);
    if (other >= 0) parts = parts.slice(0, other);
  }
  while (parts.length > 0 && (parts.at(-1) === "data" || roleOf(parts.at(-1)!))) parts = parts.slice(0, -1);
  const root = parts.map((part) => `${part}/`).join("");
  const inside = files.map((file): [string, PlacedFile] => [pathOf(file).slice(root.length), file]);
  return {
    where: parts.join("/") || "what was given",
    root,
    files: new Map(inside.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** What numbers of classes stand for, as the README.md of the folder says it, or that in another. @param others in it, with a `/` at the end */
export function classNamesIn({ files, root }: GivenFolder, others: readonly string[]): Promise<NamesOfCards> {
  const cards = [...new Set(["", ...others])].flatMap((folder) => {
    const card = files.get(`${folder}README.md`);
    return card ? [async () => dataCardOf(await card.file.text(), `${root}${folder}README.md`)] : [];
  });
  return classNamesOfCards(cards);
}

/** The names of folders in a folder, itself as "". @param inside paths of all files */
export function foldersIn(inside: readonly string[], folder: string): string[] {
  const start = folder === "" ? "" : `${folder}/`;
  const below = inside.flatMap((path) => (path.startsWith(start) ? [path.slice(start.length).split("/")] : []));
  return [...new Set(below.flatMap(([name, ...more]) => (more.length > 0 ? [name!] : [])))];
}
