import { listed, named } from "../../data/listed.js";
import { headOf } from "../../data/tables/labelled-rows.js";
import type { Cell, Cells, Row, Table } from "../../data/tables/rows.js";
import { among, requireColumns } from "../../data/tables/target-columns.js";
import { Refusal } from "../../data/tables/targets.js";
import { UserError } from "../../files/errors.js";
import type { AskedWords } from "./conll.js";

/** The columns of a table in which a row is a sentence: its words, and their tags. */
export interface TagColumns {
  readonly words: string;
  readonly tags: string;
}

/** Names of columns, lower case; the first is it, whatever else is there. */
const wordNames = "tokens words text sentence".split(" ");
const tagNames = "ner_tags tags labels label ner tag ner_labels word_labels entities fine_ner_tags".split(" ");

/**
 * Chooses the columns of words and tags: those that are asked for, else by their names, first among columns of lists, else
 * the only others of lists.
 * @throws {UserError} if one is lacking, or several could be meant
 */
export async function chooseTagColumns(
  table: Table,
  { text, label }: AskedWords,
): Promise<TagColumns & { guessed: boolean }> {
  const { path: where, columns } = table;
  const choice = { where, columns, head: await headOf(table), sample: "text" };
  if (text && text.length > 1) throw new UserError(`--text names ${text.length} columns; name that of the words`);
  requireColumns(choice, text ?? [], "--text");
  requireColumns(choice, label === undefined ? [] : [label], "--label");
  const lists = listColumns(choice.head, columns);
  const from = (names: readonly string[], not: string | undefined): string[] => {
    const others = lists.filter((name) => name !== not);
    const usual = [others, columns].flatMap((some) => among(some, names)).filter((name) => name !== not);
    return usual.length > 0 ? usual.slice(0, 1) : others;
  };
  const words = text ?? from(wordNames, label);
  const tags = label === undefined ? from(tagNames, words.length === 1 ? words[0] : undefined) : [label];
  const [one, other] = [only(words, "words", "--text"), only(tags, "tags", "--label")];
  if (one === other) throw new UserError(`column ${named(one)} of ${where} cannot be both words and their tags`);
  return { words: one, tags: other, guessed: text === undefined || label === undefined };

  function only(found: readonly string[], thing: string, option: string): string {
    if (found.length === 1) return found[0]!;
    throw new UserError(
      found.length > 1
        ? `${where} has several columns that may be the ${thing} (${listed(found)}); name one with ${option}`
        : `${where} has no column with a list of ${thing} for each sentence (it has ${listed(columns)}); name it with ${option}`,
    );
  }
}

/**
 * Of a table that seems to hold words and their tags, the names of both columns, for who asked for something else.
 * @param head its first rows
 */
export function seemsTagged(
  head: readonly Row[],
  columns: readonly string[],
): [words: string, tags: string] | undefined {
  const lists = listColumns(head, columns);
  const [words] = among(lists, wordNames);
  const [tags] = among(lists, tagNames);
  if (words === undefined || tags === undefined) return undefined;
  const length = (cell: Cell | undefined): number => (Array.isArray(cell) ? cell.length : -1);
  const fits = head.filter(({ cells }) => length(cells.get(words)) === length(cells.get(tags)));
  // A row or two may be mistyped.
  return 2 * fits.length > head.length ? [words, tags] : undefined;
}

function listColumns(head: readonly Row[], columns: readonly string[]): string[] {
  return columns.filter((name) => head.some(({ cells }) => Array.isArray(cells.get(name))));
}

/**
 * The sentence of a row: lists of words and of tags, or of both as one text with spaces between.
 * @throws {Refusal} if it is none
 */
export function wordsOf(cells: Cells, columns: TagColumns): { words: string[]; tags: string[] } {
  const words = listIn(cells, columns.words);
  const tags = listIn(cells, columns.tags);
  if (words.length !== tags.length)
    throw new Refusal(
      `${named(columns.words)} has ${words.length} words, ${named(columns.tags)} ${tags.length === 1 ? "1 tag" : `${tags.length} tags`}`,
    );
  return { words, tags };
}

/** The column of a table that has a list of words in each row: the one that is asked for, or by its name; undefined without any. */
export async function listOfWords(table: Table, asked: readonly string[] | undefined): Promise<string | undefined> {
  const lists = listColumns(await headOf(table), table.columns);
  return asked ? lists.find((name) => asked.length === 1 && name === asked[0]) : among(lists, wordNames)[0];
}

/** @throws {Refusal} if there is none, or something in it is empty */
export function listIn(cells: Cells, column: string): string[] {
  const cell = cells.get(column);
  if (cell === null) throw new Refusal(`${named(column)} is no list of texts`);
  const list = typeof cell === "string" ? cell.split(/\s+/u).filter((one) => one !== "") : (cell ?? []);
  if (list.length === 0) throw new Refusal(`${named(column)} is empty`);
  const trimmed = list.map((one) => one.trim());
  const empty = trimmed.indexOf("");
  if (empty >= 0) throw new Refusal(`place ${empty + 1} of ${named(column)} is empty`);
  return trimmed;
}
