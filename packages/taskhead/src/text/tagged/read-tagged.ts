import { groupNotes } from "../../data/splits/groups.js";
import { listed } from "../../data/listed.js";
import type { RefusedRow } from "../../data/tables/rows.js";
import { doubtfulNames } from "../../data/classes/doubtful-names.js";
import { UserError } from "../../files/errors.js";
import { count, plain, plural } from "../../words/format.js";
import { longestText, tooLong } from "../text-of-row.js";
import type { TableTexts, TextSample, TextSource } from "../text-source.js";
import type { AskedWords } from "./conll.js";
import { openTags, pathOf, type OpenedTags, type TagFile } from "./opened.js";
import { lacksBegin, schemeInWords, schemeOf } from "./scheme.js";
import { settledTags, tagNumbers, type TagNumbers } from "./tag-numbers.js";

/** Which tags are known already: those of the training texts, or of a model. */
export interface KnownTags {
  readonly outputs: readonly string[];
  /** The training texts: their columns are read, where they are from a table too. */
  readonly like?: Pick<TextSource, "text" | "columns">;
}

/** Files of sentences that are read one after the other, as one. */
export interface TagFiles {
  /** What people call all of them. */
  readonly where: string;
  readonly files: readonly TagFile[];
  /** Of columns of class numbers: what each number stands for, beside what the files say. */
  readonly classNames?: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * Takes sentences and the tags of their words from files with a word a line, or from tables with a sentence a row. Sentences
 * that cannot be used are left out and listed.
 * @param known the tags that there are: words with others do not count. Default: those that are found
 * @throws {UserError} if a file cannot be read, lacks a column, or no sentence can be used
 */
export async function readTagged(tagFiles: TagFiles, asked: AskedWords, known?: KnownTags): Promise<TableTexts> {
  const { where, files } = tagFiles;
  const numbers = tagNumbers();
  const { first, samples, refused, notes } = await sentencesOf(tagFiles, asked, numbers, known);
  if (samples.length === 0) throw useless(where, refused);
  const { outputs, places, unknown } = settledTags(numbers, known?.outputs);
  for (const sample of samples)
    sample.target = (sample.target as number[]).map((number) => (number < 0 ? -1 : places[number]!));
  const counted = samples.filter(({ target }) => (target as number[]).some((tag) => tag >= 0));
  if (counted.length === 0)
    throw new UserError(
      `no word of ${where} has a tag that counts${known ? ` (it has ${listed(numbers.names)}, known are ${listed(outputs)})` : ""}; give others`,
    );
  const { said, hint, words, tags, group } = first!;
  const source: TableTexts = {
    text: [...words],
    columns: [...tags],
    ...(group === undefined ? {} : { group }),
    task: "token-classification",
    outputs,
    samples: counted,
    refused,
    ...(unknown.length > 0 ? { unknown } : {}),
    notes,
    said: `${said()} of ${where}${hint}; ${schemeInWords[schemeOf(outputs)]}`,
  };
  if (!known) {
    requireTwo(where, outputs);
    notes.push(...doubtfulNames("token-classification", outputs, where));
  }
  const groups = { column: group, groups: counted.map((sample) => sample.group) };
  notes.push(...groupNotes({ where, sample: "text" }, asked.group, groups));
  const nameOf = ({ file, row }: TextSample): string => `${pathOf(files[file]!)}:${row}`;
  notes.push(...strayNotes(where, source, nameOf), ...(known?.like ? unknownNotes(where, unknown) : []));
  return source;
}

/** What the files hold: sentences whose targets are the numbers of their tags, and what the first file says of its columns. */
interface Sentences {
  readonly first: OpenedTags | undefined;
  readonly samples: TextSample[];
  readonly refused: RefusedRow[];
  readonly notes: string[];
}

/** Reads the files one after the other. The columns of the first are those of all. */
async function sentencesOf(
  { files, classNames = new Map() }: TagFiles,
  asked: AskedWords,
  numbers: TagNumbers,
  known: KnownTags | undefined,
): Promise<Sentences> {
  const refused: RefusedRow[] = [];
  const notes: string[] = [];
  const samples: TextSample[] = [];
  let first: OpenedTags | undefined;
  for (const [file, own] of files.entries()) {
    const refuse = (row: RefusedRow): void => void refused.push(files.length > 1 ? { ...row, file: pathOf(own) } : row);
    const columns = askedOf(asked, first ?? columnsOf(known?.like));
    const opened = await openTags(own, columns, classNames, refuse, !known);
    first ??= opened;
    notes.push(...opened.notes);
    for await (const { words, tags, ...own } of opened.sentences) {
      const { row } = own;
      const text = words.join(" ");
      if (text.length <= longestText) samples.push({ text, words, file, ...own, target: tags.map(numbers.of) });
      else refuse({ row, reason: tooLong(`the sentence has ${text.length.toLocaleString("en")} characters`) });
    }
  }
  return { first, samples, refused, notes };
}

/** The columns of other files are read, where they are from a table. */
function askedOf({ text, label, group }: AskedWords, like: Pick<OpenedTags, "words" | "tags"> | undefined): AskedWords {
  const [words, tags] = [text ?? like?.words, label ?? like?.tags[0]];
  return {
    ...(words && words.length > 0 ? { text: words } : {}),
    ...(tags === undefined ? {} : { label: tags }),
    ...(group === undefined ? {} : { group }),
  };
}

function columnsOf(like: KnownTags["like"]): Pick<OpenedTags, "words" | "tags"> | undefined {
  return like && { words: like.text, tags: like.columns };
}

function requireTwo(where: string, outputs: readonly string[]): void {
  if (outputs.length > 1) return;
  throw new UserError(
    `${where} has ${outputs.length === 0 ? "no tags" : `no tag but ${listed(outputs)}`}; give sentences in which words have others, such as B-PER and O`,
  );
}

function useless(where: string, [first]: readonly RefusedRow[]): UserError {
  if (!first)
    return new UserError(`${where} has no sentences; give each word a line with its tag, or each sentence a row`);
  const place = first.file === undefined ? `row ${first.row}` : `${first.file}, row ${first.row}`;
  return new UserError(
    `no sentence of ${where} can be used (${place}: ${first.reason}); mend it, or name the columns with --text and --label`,
  );
}

/** Entities that nothing begins, where others have a begin. */
function strayNotes(where: string, { outputs, samples }: TableTexts, nameOf: (sample: TextSample) => string): string[] {
  // Of the others there is no begin to lack.
  if (!schemeOf(outputs).startsWith("B")) return [];
  let strays = 0;
  let first: TextSample | undefined;
  for (const sample of samples) {
    const tags = sample.target as readonly number[];
    const here = tags.filter((tag, i) => lacksBegin(outputs[tag], i === 0 ? undefined : outputs[tags[i - 1]!])).length;
    strays += here;
    if (here > 0) first ??= sample;
  }
  if (!first) return [];
  const many = strays === 1 ? "1 entity begins" : `${count(strays)} entities begin`;
  return [
    `${many} with I- or E- in ${where}, not with B- (the first in ${nameOf(first)}): ${strays === 1 ? "it counts as one" : "they count as such"}, as in seqeval`,
  ];
}

/** Tags that the training texts have not. */
function unknownNotes(where: string, unknown: readonly { label: string; samples: number }[]): string[] {
  if (unknown.length === 0) return [];
  const words = unknown.reduce((sum, { samples }) => sum + samples, 0);
  return [
    plain(
      `${plural(words, "word")} of ${where} ${words === 1 ? "has a tag" : "have tags"} that the training texts have not (${listed(unknown.map(({ label }) => label))}) and ${words === 1 ? "does" : "do"} not count`,
    ),
  ];
}
