import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { named as quoted } from "../data/listed.js";
import type { NamedOptions, Unusable } from "../data/serving.js";
import { headerNotes } from "../data/tables/header.js";
import { headOf } from "../data/tables/labelled-rows.js";
import { onDisk } from "../data/on-disk.js";
import { wholeText } from "../data/read-text.js";
import { Refusal } from "../data/tables/targets.js";
import { UserError } from "../files/errors.js";
import { isArchive } from "../files/archive-endings.js";
import { isTable } from "../files/table-endings.js";
import { isConll, readConll } from "./tagged/conll.js";
import { readsFor } from "./tagged/readable.js";
import { listIn, listOfWords } from "./tagged/tag-columns.js";
import { openTexts } from "./open-texts.js";
import { areUsual, chooseTexts } from "./text-columns.js";
import { longestText, textOfRow } from "./text-of-row.js";

/** A text to be answered, or two. */
export interface NamedText {
  readonly text: string;
  readonly pair?: string;
  /** Its words, where they are given one by one. */
  readonly words?: readonly string[];
}

/** What is read of all that was named. */
interface Named {
  readonly items: NamedText[];
  readonly unusable: Unusable[];
  readonly notes: string[];
}

/**
 * The texts that a person names: a table's rows, a .txt file's content, the lines of standard input for `-`, and whatever is
 * no file as it stands. Where words are tagged, files with a word a line and tables with lists of words are read too.
 * @throws {UserError} if a table cannot be read, or it is not known which of its columns is the text
 */
export async function namedTexts(names: readonly string[], { text, task }: NamedOptions): Promise<Named> {
  const named: Named = { items: [], unusable: [], notes: [] };
  const { items, unusable } = named;
  for (const name of names) {
    if (name === "-") items.push(...(await linesOfInput()));
    else if (await isFolder(name))
      throw new UserError(`${name} is a folder; give its files, a table, or a text of that name by standard input (-)`);
    else if (!(await isFile(name)) && !namesFile(name, task)) items.push({ text: name });
    else if (!(await isFile(name))) unusable.push({ name, reason: "there is no such file" });
    else if (task === "token-classification" && extname(name).toLowerCase() !== ".txt" && readsFor(task)(name))
      await sentencesOf(name, text, named);
    else if (isTable(name) || isArchive(name)) await textsOfTable(name, text, named);
    else if (extname(name).toLowerCase() === ".txt") {
      const text = await wholeText(onDisk(name), longestText);
      if (text === undefined)
        unusable.push({ name, reason: `it is longer than ${longestText.toLocaleString("en")} characters` });
      else items.push({ text });
    } else
      throw new UserError(`${name} is a file, but no table and no .txt; give a .csv, .tsv, .jsonl or .parquet file`);
  }
  return named;
}

/** A word that ends as files do is no text that someone would ask about. */
function namesFile(name: string, task: NamedOptions["task"]): boolean {
  return !/\s/.test(name) && (readsFor(task)(name) || name.toLowerCase().endsWith(".txt"));
}

async function isFolder(name: string): Promise<boolean> {
  return (await stat(name).catch(() => undefined))?.isDirectory() ?? false;
}

async function isFile(name: string): Promise<boolean> {
  return (await stat(name).catch(() => undefined))?.isFile() ?? false;
}

async function textsOfTable(path: string, asked: readonly string[] | undefined, named: Named): Promise<void> {
  const { items, unusable, notes } = named;
  const table = await openTexts(path);
  const refuse = ({ row, reason }: { row: number; reason: string }): void =>
    void unusable.push({ name: `${path}:${row}`, reason });
  const head = await headOf(table);
  const chosen = chooseTexts({ where: path, columns: table.columns, head }, asked);
  const [one, other] = chosen;
  notes.push(...headerNotes({ where: path, columns: table.columns, head }));
  if (asked === undefined && !areUsual(chosen))
    notes.push(`reads texts from column ${quoted(one!)} of ${path} (another is named with --text)`);
  for await (const { row, cells } of table.rows(refuse, other === undefined ? [one!] : [one!, other]))
    try {
      const text = textOfRow(cells, one!);
      items.push(other === undefined ? { text } : { text, pair: textOfRow(cells, other) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse({ row, reason: error.message });
    }
}

/** Sentences of a file with a word a line; of a table its texts, or its lists of words. */
async function sentencesOf(path: string, asked: readonly string[] | undefined, named: Named): Promise<void> {
  const { items, unusable } = named;
  const refuse = ({ row, reason }: { row: number; reason: string }): void =>
    void unusable.push({ name: `${path}:${row}`, reason });
  if (isConll(path)) {
    for await (const { words } of readConll(
      onDisk(path),
      { ...(asked ? { text: asked } : {}), untagged: true },
      refuse,
    ))
      items.push({ text: words.join(" "), words });
    return;
  }
  const table = await openTexts(path);
  const column = await listOfWords(table, asked);
  if (column === undefined) return textsOfTable(path, asked, named);
  for await (const { row, cells } of table.rows(refuse, [column]))
    try {
      const words = listIn(cells, column);
      items.push({ text: words.join(" "), words });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse({ row, reason: error.message });
    }
}

/** One text a line; empty lines are none. */
async function linesOfInput(): Promise<NamedText[]> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  const lines = decoded(Buffer.concat(pieces))
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  if (lines.length === 0) throw new UserError("standard input holds no text; give one a line");
  return lines.map((text) => ({ text }));
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError("standard input is not in UTF-8; give it as UTF-8");
  }
}
