import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readJson } from "../../files/json-object.js";
import { shown } from "../../files/shown.js";
import { classListNames, namesOfClasses } from "./names-of-classes.js";
import { onDisk } from "../on-disk.js";
import { wholeText } from "../read-text.js";

/** What the numbers of classes stand for, in a file of its own. */
export interface ClassList {
  readonly file: string;
  readonly names: readonly string[];
}

/** Characters of one of lines. */
const longest = 2 ** 26;

/**
 * The names of classes that lie beside samples whose classes are numbers.
 * @returns undefined where there are none
 * @throws {UserError} if the file holds something else
 */
export async function classListIn(folder: string): Promise<ClassList | undefined> {
  for (const name of classListNames) {
    const file = join(folder, name);
    if (!(await stat(file).catch(() => undefined))?.isFile()) continue;
    const content = name.endsWith(".txt")
      ? await wholeText(onDisk(file), longest)
      : await readJson(file, "mend the names of classes in it");
    return { file, names: namesOfClasses(shown(file), content) };
  }
  return undefined;
}
