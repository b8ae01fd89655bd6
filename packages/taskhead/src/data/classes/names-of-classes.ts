import { UserError } from "../../files/errors.js";
import { isObject } from "../../files/is-object.js";

/** What the names of classes may lie in, beside samples whose classes are numbers, in the order in which they are looked for. */
export const classListNames = ["classes.txt", "classes.json"] as const;

/** As many names as no list of classes has. */
const mostClasses = 1_000_000;

/**
 * The names of classes in a file: of `classes.txt` a name a line, of `classes.json` a list of names, or an object of numbers and
 * names, either way around.
 * @param path as people call it
 * @param content the text, or what the JSON says; undefined of a text that is too long
 * @throws {UserError} if it holds something else
 */
export function namesOfClasses(path: string, content: unknown): readonly string[] {
  const names = path.endsWith(".txt") ? linesOf(content) : listOf(content);
  if (names === undefined || names.length === 0 || names.length > mostClasses)
    throw new UserError(
      `${path} holds no names of classes; give one a line in classes.txt, or a list in classes.json, the first for 0`,
    );
  return names;
}

function linesOf(text: unknown): string[] | undefined {
  if (typeof text !== "string") return undefined;
  // Empty lines at the end are none; one in between is a class without a name, which keeps its place.
  return text
    .trimEnd()
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
