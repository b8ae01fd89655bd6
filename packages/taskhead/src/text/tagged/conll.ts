import { listed, named } from "../../data/listed.js";
import { readLines } from "../../data/read-text.js";
import type { RefusedRow } from "../../data/tables/rows.js";
import type { TextFile } from "../../data/text-file.js";
import { endingOf } from "../../files/ending.js";
import { UserError } from "../../files/errors.js";
import { columnEndings, taggedEndings } from "../../files/tagged-endings.js";

/** A sentence whose words have tags. */
export interface TaggedSentence {
  /** Where it begins, as `RowPlace` counts it. */
  readonly row: number;
  readonly words: readonly string[];
  /** Of each word; null of one that has none. */
  readonly tags: readonly (string | null)[];
  /** Of which group it is; absent where its row names none. */
  readonly group?: string;
}

/** Columns of a file with a word a line, by number from 1 or by the names of its header. */
export interface AskedWords {
  /** Default: the one that the header calls so, else the first. */
  readonly text?: readonly string[];
  /** Default: the one that the header calls so, else the last. */
  readonly label?: string;
  /** The column of groups of a table; files with a word a line have none. */
  readonly group?: string;
  /** Whether tags are not wanted, and need not be there. */
  readonly untagged?: boolean;
}

/** Whether a file has a word a line, by its name; where it may be nothing else, of endings that are others' as well. */
export function isConll(path: string): boolean {
  const ending = endingOf(path);
  return [...taggedEndings, ...columnEndings].some((one) => one === ending);
}

/**
 * Reads a file with a word a line and empty lines between sentences: columns are told apart by tabs, else by spaces; the word
 * is the first, its tag the last, unless a header says otherwise. Lines `-DOCSTART-` and comments (`# …`) are passed over.
 * @param told hears which columns are read, by their names or numbers, before the first sentence
 * @param refuse hears of sentences that cannot be used, by the line at fault
 * @throws {UserError} if it has no such columns
 */
export async function* readConll(
  file: TextFile,
  asked: AskedWords,
  refuse: (row: RefusedRow) => void,
  told?: (words: string, tags: string) => void,
): AsyncGenerator<TaggedSentence> {
  let columns: Columns | undefined;
  let sentence = begun();
  const ended = function* (): Generator<TaggedSentence> {
    const { row, words, tags, fault } = sentence;
    if (fault) refuse(fault);
    else if (words.length > 0) yield { row, words, tags };
    sentence = begun();
  };
  for await (const { number: row, text } of readLines(file)) {
    if (text.trim() === "" || isStart(text)) {
      yield* ended();
      continue;
    }
    const cells = cellsOf(text);
    if (isComment(text, cells, columns?.width)) continue;
    if (!columns) {
      const header = isHeader(cells);
      columns = columnsOf(file.path, cells, header, asked);
      const called = (place: number): string => (header ? named(cells[place]!) : String(place + 1));
      if (columns.tag !== null) told?.(called(columns.word), called(columns.tag));
      if (header) continue;
    }
    const word = cells[columns.word] ?? "";
    const tag = columns.tag === null ? null : (cells[columns.tag] ?? "");
    if (sentence.words.length === 0) sentence.row = row;
    if (columns.tag !== null && cells.length !== columns.width)
      sentence.fault ??= {
        row,
        reason: `the line has ${cells.length === 1 ? "1 column" : `${cells.length} columns`}, the first has ${columns.width}`,
      };
    else if (word === "" || tag === "")
      sentence.fault ??= { row, reason: `the line has no ${word === "" ? "word" : "tag"}` };
    sentence.words.push(word);
    sentence.tags.push(tag);
  }
  yield* ended();
}

/** What the columns of such a file are called, by its header or by their numbers from 1 on, and which are read. */
export interface ConllColumns {
  readonly columns: readonly string[];
  readonly words: string;
  readonly tags: string;
}

/** @returns undefined of a file without a line @throws {UserError} if it has no such columns */
export async function conllColumns(file: TextFile, asked: AskedWords = {}): Promise<ConllColumns | undefined> {
  const [first] = await firstLines(file, 1);
  if (!first) return undefined;
  const header = isHeader(first);
  const { word, tag } = columnsOf(file.path, first, header, asked);
  const columns = header ? first : first.map((_, i) => String(i + 1));
  return { columns, words: columns[word]!, tags: columns[tag!]! };
}

/** Whether a file holds a word and its tag a line, by its first lines: each ends in a tag such as `O` or `B-PER`. */
export async function looksTagged(file: TextFile): Promise<boolean> {
  const [first, ...others] = await firstLines(file, 50);
  if (!first || first.length < 2) return false;
  const header = isHeader(first);
  const { tag } = columnsOf(file.path, first, header, {});
  const lines = header ? others : [first, ...others];
  return lines.length > 0 && lines.every((cells) => cells.length === first.length && tagForm.test(cells[tag!]!));
}

/** The cells of the first lines that are of words, or the header. */
async function firstLines(file: TextFile, most: number): Promise<string[][]> {
  const found: string[][] = [];
  for await (const { text } of readLines(file)) {
    if (text.trim() === "" || isStart(text)) continue;
    const cells = cellsOf(text);
    if (isComment(text, cells, found[0]?.length)) continue;
    found.push(cells);
    if (found.length === most) break;
  }
  return found;
}

interface Begun {
  row: number;
  words: string[];
  tags: (string | null)[];
  fault?: RefusedRow;
}

function begun(): Begun {
  return { row: 0, words: [], tags: [] };
}

function cellsOf(line: string): string[] {
  return line.includes("\t") ? line.split("\t").map((cell) => cell.trim()) : line.trim().split(/\s+/);
}

/** Where a document begins. */
function isStart(line: string): boolean {
  return /^\s*-DOCSTART-/.test(line);
}

const tagForm = /^(O|[BIESLU]-.+)$/;

/** `# …`; but a word `#` has as many columns as others, and a tag. */
function isComment(line: string, cells: readonly string[], width: number | undefined): boolean {
  return /^#( |$)/.test(line) && (cells.length !== (width ?? 2) || !tagForm.test(cells.at(-1)!));
}

const wordNames = /^(tokens?|words?|form|text)$/i;
const tagNames = /^(ner|(ner[_-]?)?(tags?|labels?)|entity|entities)$/i;

function isHeader(cells: readonly string[]): boolean {
  return cells.some((cell) => wordNames.test(cell)) && cells.some((cell) => tagNames.test(cell));
}

interface Columns {
  readonly width: number;
  readonly word: number;
  /** null where tags are not wanted. */
  readonly tag: number | null;
}

function columnsOf(
  path: string,
  cells: readonly string[],
  header: boolean,
  { text, label, untagged }: AskedWords,
): Columns {
  if (text && text.length > 1) throw new UserError(`--text names ${text.length} columns; name that of the words`);
  const place = (asked: string | undefined, option: string, usual: number): number => {
    if (asked === undefined) return usual;
    const found = header ? cells.indexOf(asked) : -1;
    const number = found < 0 && /^\d+$/.test(asked) ? Number(asked) - 1 : found;
    if (number >= 0 && number < cells.length) return number;
    const has = header ? `it has ${listed(cells)}` : `it has ${cells.length}, without names`;
    throw new UserError(`${path} has no column ${named(asked)} (${has}); give ${option} its number from 1 on`);
  };
  const word = place(text?.[0], "--text", header ? cells.findIndex((cell) => wordNames.test(cell)) : 0);
  if (untagged) return { width: cells.length, word, tag: null };
  const last = header ? cells.findLastIndex((cell) => tagNames.test(cell)) : cells.length - 1;
  const tag = place(label, "--label", last);
  if (word === tag)
    throw new UserError(
      `${path} has ${cells.length === 1 ? "one column" : "word and tag in one column"} (${named(cells[tag]!)}); give a word and its tag in each line, with a tab or space between`,
    );
  return { width: cells.length, word, tag };
}
