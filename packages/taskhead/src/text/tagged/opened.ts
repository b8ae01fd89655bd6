import { groupColumn, groupIn } from "../../data/splits/groups.js";
import { named } from "../../data/listed.js";
import type { RefusedRow, Table } from "../../data/tables/rows.js";
import { Refusal } from "../../data/tables/targets.js";
import type { TextFile } from "../../data/text-file.js";
import { UserError } from "../../files/errors.js";
import { readConll, type AskedWords, type TaggedSentence } from "./conll.js";
import { chooseTagColumns, wordsOf } from "./tag-columns.js";

/** Sentences whose words have tags: a file with a word a line, or a table with a sentence a row. */
export type TagFile = { readonly lines: TextFile } | { readonly table: Table };

/** As people call it. */
export function pathOf(file: TagFile): string {
  return "lines" in file ? file.lines.path : file.table.path;
}

/** A file of sentences whose words have tags. */
export interface OpenedTags {
  readonly sentences: AsyncIterable<TaggedSentence>;
  /** The columns of words and of tags; none where they have no names. */
  readonly words: readonly string[];
  readonly tags: readonly string[];
  /** That of groups; absent where none is read. */
  readonly group?: string;
  /** "reads words from …", the begin of a sentence, known once sentences are read; and in brackets what would change it. */
  said(): string;
  readonly hint: string;
  readonly notes: readonly string[];
}

/**
 * @param classNames of columns of class numbers: what each number stands for, beside what the file says
 * @param refuse hears of sentences that cannot be used, while they are read
 * @param training whether these are the training texts, which have the column of groups if one is asked for
 * @throws {UserError} if it cannot be read, or has no such columns
 */
export async function openTags(
  file: TagFile,
  asked: AskedWords,
  classNames: ReadonlyMap<string, readonly string[]>,
  refuse: (row: RefusedRow) => void,
  training = true,
): Promise<OpenedTags> {
  return "lines" in file
    ? ofLines(file.lines, asked, refuse, training)
    : ofTable(file.table, asked, { classNames, training }, refuse);
}

function ofLines(file: TextFile, asked: AskedWords, refuse: (row: RefusedRow) => void, training: boolean): OpenedTags {
  if (asked.group !== undefined && training)
    throw new UserError(
      `${file.path} has a word a line, and --group names a column of a table; give a table of sentences, or leave it out`,
    );
  let columns = "";
  const told = (words: string, tags: string): void =>
    void (columns = `words from column ${words} and their tags from column ${tags}`);
  return {
    sentences: readConll(file, asked, refuse, told),
    words: [],
    tags: [],
    said: () => `reads ${columns} of the lines`,
    hint: asked.text && asked.label ? "" : " (others are given with --text and --label)",
    notes: [],
  };
}

async function ofTable(
  table: Table,
  asked: AskedWords,
  { classNames, training }: { classNames: ReadonlyMap<string, readonly string[]>; training: boolean },
  refuse: (row: RefusedRow) => void,
): Promise<OpenedTags> {
  const taken = [...(asked.text ?? []), asked.label];
  const group = groupColumn({ where: table.path, columns: table.columns, taken }, asked.group, training);
  const { guessed, ...columns } = await chooseTagColumns(table, asked);
  const read = [columns.words, columns.tags, ...(group === undefined ? [] : [group])];
  const names = classNames.get(columns.tags) ?? table.classNames.get(columns.tags);
  async function* sentences(): AsyncGenerator<TaggedSentence> {
    const called = tagOf(table.path, columns.tags, names);
    for await (const { row, cells } of table.rows(refuse, read))
      try {
        const { words, tags } = wordsOf(cells, columns);
        yield { row, words, tags: tags.map(called), ...groupIn(cells, group) };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refuse({ row, reason: error.message });
      }
  }
  return {
    sentences: sentences(),
    words: [columns.words],
    tags: [columns.tags],
    ...(group === undefined ? {} : { group }),
    said: () => `reads words from column ${named(columns.words)} and their tags from column ${named(columns.tags)}`,
    hint: guessed ? " (others are named with --text and --label)" : "",
    notes: table.notes,
  };
}

/** What a tag is called; null for a number that stands for none, as -100 does. */
function tagOf(path: string, column: string, names: readonly string[] | undefined): (text: string) => string | null {
  return (text) => {
    if (!/^-?\d+$/.test(text)) return text;
    if (text.startsWith("-")) return null;
    if (!names)
      throw new UserError(
        `${named(column)} of ${path} holds numbers, and nothing says which tags they stand for; write the tags themselves, or give a folder whose README.md names them (dataset_info, class_label)`,
      );
    const name = names[Number(text)];
    if (name === undefined)
      throw new Refusal(`${named(column)} has ${text}, but there are names for ${names.length} tags`);
    return name;
  };
}
