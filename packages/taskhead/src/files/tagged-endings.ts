import { endingOf } from "./ending.js";

/** Of files with a word and its tag a line: their names say it. */
export const taggedEndings = [".conll", ".iob", ".iob2", ".bio", ".bioes"] as const;
/** Of such files too, where tags of words are asked for. */
export const columnEndings = [".tsv", ".txt"] as const;

/** Whether a file has a word and its tag a line, by its name alone. */
export function isTagged(path: string): boolean {
  const ending = endingOf(path);
  return taggedEndings.some((one) => one === ending);
}
