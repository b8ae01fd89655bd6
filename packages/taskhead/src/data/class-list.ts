import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../files/errors.js";
import { isObject } from "../files/is-object.js";
import { readJson } from "../files/json-object.js";
import { shown } from "../files/shown.js";
import { onDisk } from "./on-disk.js";
import { wholeText } from "./read-text.js";

/** What the numbers of classes stand for, in a file of its own. */
export interface ClassList {
  readonly file: string;
  readonly names: readonly string[];
}

/** As many names, and characters, as no list of classes has. */
const [mostClasses, longest] = [1_000_000, 2 ** 26];

/**
 * The names of classes that lie beside samples whose classes are numbers: `classes.txt`, a name a line, or `classes.json`, a list
 * of names, or an object of numbers and names, either way around.
 * @returns undefined where there is neither
 * @throws {UserError} if it holds something else
 */
export async function classListIn(folder: string): Promise<ClassList | undefined> {
  for (const name of ["classes.txt", "classes.json"]) {
    const file = join(folder, name);
    if (!(await stat(file).catch(() => undefined))?.isFile()) continue;
    const names = name.endsWith(".txt")
      ? await lines(file)
      : listOf(await readJson(file, "mend the names of classes in it"));
    if (names === undefined || names.length === 0 || names.length > mostClasses)
      throw new UserError(
        `${shown(file)} holds no names of classes; give one a line in classes.txt, or a list in classes.json, the first for 0`,
      );
    return { file, names };
  }
  return undefined;
}

async function lines(file: string): Promise<string[] | undefined> {
  const text = await wholeText(onDisk(file), longest);
  // Empty lines at the end are none; one in between is a class without a name, which keeps its place.
  return text
    ?.trimEnd()
    .split(/\r\n|\n|\r/)
    .map((line, i) => line.trim() || String(i));
}

function listOf(content: unknown): string[] | undefined {
  if (Array.isArray(content)) return content.every((name) => typeof name === "string") ? content : undefined;
  if (!isObject(content)) return undefined;
  const entries = Object.entries(content);
  const byNumber = entries.every(([key, name]) => isPlace(key) && typeof name === "string");
  const byName = entries.every(([, place]) => isPlace(place));
  if (!byNumber && !byName) return undefined;
  const names: string[] = [];
  for (const [key, value] of entries)
    if (byNumber) names[Number(key)] = value as string;
    else names[Number(value)] = key;
  return Array.from(names, (name, i) => name ?? String(i));
}

function isPlace(value: unknown): boolean {
  return /^\d{1,6}$/.test(String(value));
}
