import { extname } from "node:path";
import { listed, named } from "../../data/listed.js";
import { onDisk } from "../../data/on-disk.js";
import { readLines } from "../../data/read-text.js";
import type { RefusedRow } from "../../data/rows.js";
import { UserError } from "../../files/errors.js";
import { columnEndings, taggedEndings } from "../../files/samples-kind.js";

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
  /** Where archives that are compressed are unpacked. Default: the user's cache folder. */
  readonly cache?: string;
  /** Whether tags are not wanted, and need not be there. */
  readonly untagged?: boolean;
}

/** Whether a file has a word a line, by its name; where it may be nothing else, of endings that are others' as well. */
export function isConll(path: string): boolean {
  const ending = extname(path).toLowerCase();
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
  path: string,
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
  for await (const { number: row, text } of readLines(onDisk(path))) {
    if (text.trim() === "" || /^\s*-DOCSTART-/.test(text)) {
      yield* ended();
      continue;
    }
    const cells = cellsOf(text);
    if (isComment(text, cells, columns?.width)) continue;
    if (!columns) {
      const header = isHeader(cells);
      columns = columnsOf(path, cells, header, asked);
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

/** `# …`; but a word `#` has as many columns as others, and a tag. */
function isComment(line: string, cells: readonly string[], width: number | undefined): boolean {
  return /^#( |$)/.test(line) && (cells.length !== (width ?? 2) || !/^(O|[BIESLU]-.+)$/.test(cells.at(-1)!));
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
