import type { GuessedTask } from "../data/tables/usual-task.js";
import { onDisk } from "../data/on-disk.js";
import { shown } from "../files/shown.js";
import { openTexts } from "./open-texts.js";
import { placeOfTexts } from "./place-of-texts.js";
import { isConll, looksTagged } from "./tagged/conll.js";
import { taskOfTable, type TextTask } from "./task-of-table.js";
import type { AskedColumns } from "./text-columns.js";

/**
 * What is learnt of training texts on a disk where nobody says it: of tables and archives what the first of them says
 * (`taskOfTable`), of files that look like it tags of words; folders of texts are classes.
 * @param cache where archives that are compressed are unpacked. Default: the user's cache folder
 * @throws {UserError} if there are no texts, or they cannot be read
 */
export async function taskOfTexts(
  path: string,
  { group, cache, ...asked }: Omit<AskedColumns, "task"> & { cache?: string },
): Promise<GuessedTask<TextTask>> {
  const tagged = await fileOfWords(path);
  if (tagged !== undefined) {
    const said = `${shown(tagged)} has a word and its tag a line: token-classification; --task says otherwise`;
    return { task: "token-classification", said };
  }
  const place = await placeOfTexts(path, { task: "classification" });
  if (!("files" in place)) return { task: "classification" };
  const table = await openTexts(place.files[0]!, cache);
  const columns = table.columns.filter((name) => name !== group);
  const classNames = new Map([...table.classNames, ...(place.classNames ?? [])]);
  return taskOfTable({ ...table, columns, classNames }, asked);
}

/** The first of the files, if it has a word and its tag a line, whatever it is called. */
async function fileOfWords(path: string): Promise<string | undefined> {
  const place = await placeOfTexts(path, { task: "token-classification" }).catch(() => undefined);
  const first = place && "files" in place ? place.files[0] : undefined;
  if (first === undefined || !isConll(first)) return undefined;
  return (await looksTagged(onDisk(shown(first))).catch(() => false)) ? first : undefined;
}
