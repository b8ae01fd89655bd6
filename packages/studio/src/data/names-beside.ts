import { classListNames, namesOfClasses, UserError, wholeText, type NamesBeside } from "taskhead/inputs";
import { classNamesIn, type GivenFolder } from "./given-folder.js";
import { asTextFile } from "./placed-file.js";

/** Characters of a list of names. */
const longest = 2 ** 26;

/** Names of classes in a file of their own. */
interface ClassList {
  /** As people call it. */
  readonly path: string;
  readonly names: readonly string[];
}

/**
 * The names of classes that lie beside samples whose classes are numbers, in `classes.txt` or `classes.json`.
 * @param folders where they are looked for, with a `/` at their end
 * @returns undefined where there are none
 * @throws {UserError} if the file holds something else
 */
export async function classListIn(
  { files, root }: GivenFolder,
  folders: readonly string[],
): Promise<ClassList | undefined> {
  for (const folder of folders)
    for (const name of classListNames) {
      const file = files.get(folder + name);
      if (!file) continue;
      const path = root + folder + name;
      const text = await wholeText(asTextFile(file), longest);
      return { path, names: namesOfClasses(path, name.endsWith(".json") ? jsonOf(text ?? "", path) : text) };
    }
  return undefined;
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `${path} cannot be read as JSON (${(error as Error).message}); mend the names of classes in it`,
    );
  }
}

/** What numbers of classes stand for in some columns: a file of classes beside archives, else the README.md of a data set. */
export async function namesBeside(
  folder: GivenFolder,
  folders: readonly string[],
  columns: readonly string[],
): Promise<NamesBeside> {
  const list = await classListIn(folder, folders);
  if (!list) return { ...(await classNamesIn(folder, folders)), said: "" };
  return {
    classNames: new Map(columns.map((name) => [name, list.names])),
    notes: [],
    said: `; numbers are classes of ${list.path}`,
  };
}

/** The folder of a file, with a `/` at its end; empty of one in none. */
export function folderAbove(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
