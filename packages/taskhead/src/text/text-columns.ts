import type { ObjectiveName } from "@taskhead/core/internals";
import { listed, named } from "../data/listed.js";
import type { Row } from "../data/rows.js";
import { labelOf, numberOf } from "../data/targets.js";
import { UserError } from "../files/errors.js";

/** Which columns are asked for. */
export interface AskedColumns {
  task: ObjectiveName;
  /** One, or two of pairs. Default: guessed from usual names. */
  text?: readonly string[];
  /** The column of the class, the number, or the list of labels. Default: guessed from usual names. */
  label?: string;
  /** Several columns: of labels, or of numbers. */
  labels?: readonly string[];
  /** Unless any is named: columns of targets that are taken where the table has them, as a trained model's outputs. */
  preferred?: readonly string[];
}

/** Which columns are read. */
export interface ChosenColumns {
  text: string[];
  targets: string[];
  /** Whether the user named neither. */
  guessed: boolean;
}

/** Names of columns that hold texts, lower case. Whatever else is there, `text` is it. */
const textNames = (
  "text sentence review content question query utterance body title document tweet message comment comment_text " +
  "headline description abstract post prompt sms"
).split(" ");

/** Of two texts, the first and the second. */
const pairNames = [
  ["premise", "hypothesis"],
  ["sentence1", "sentence2"],
  ["question1", "question2"],
  ["text_a", "text_b"],
  ["text1", "text2"],
  ["sentence_a", "sentence_b"],
  ["question", "sentence"],
] as const;

/** Names of columns that hold what is to be predicted, lower case. Whatever else is there, the first is it. */
const targetNames: Readonly<Record<ObjectiveName, readonly string[]>> = {
  classification: "label labels category class target sentiment intent topic emotion y stars rating score".split(" "),
  "multi-label": "labels label tags categories classes topics target y".split(" "),
  regression: "score stars rating label target y value similarity similarity_score".split(" "),
};

/** What tells rows apart, and says nothing of them. */
const indexName = /^(.*[_ -])?(id|idx|index|guid|uuid)$|^(#|row|unnamed: *\d+)$/i;

/**
 * Chooses the columns of texts and targets: those that are asked for, else by their names, else the only ones that can be.
 * @param where the table, as people call it
 * @param head some rows of it, to see what columns hold
 * @throws {UserError} if a column is lacking, or several could be meant
 */
export function chooseColumns(
  where: string,
  columns: readonly string[],
  head: readonly Row[],
  asked: AskedColumns,
): ChosenColumns {
  const own = usable(where, columns, asked);
  const others = columns.filter((name) => !own.text?.includes(name));
  const preferred = asked.preferred?.filter((name) => others.includes(name)) ?? [];
  const usual = own.targets ?? (preferred.length > 0 ? preferred : byName(where, others, asked.task));
  const text = own.text ?? textColumns(where, columns, usual ?? [], head);
  const targets = usual ?? remaining(where, columns, text, head, asked.task);
  const twice = targets.find((name) => text.includes(name));
  if (twice !== undefined)
    throw new UserError(
      `column ${named(twice)} of ${where} cannot be both text and what is predicted of it; name others with --text and --label`,
    );
  return { text, targets, guessed: own.text === undefined || own.targets === undefined };
}

/** What is asked for, if it is there. */
function usable(
  where: string,
  columns: readonly string[],
  { task, text, label, labels }: AskedColumns,
): { text?: string[]; targets?: string[] } {
  const targets = [...(label === undefined ? [] : [label]), ...(labels ?? [])];
  for (const [names, option] of [
    [text ?? [], "--text"],
    [targets, label === undefined ? "--columns" : "--label"],
  ] as const) {
    const missing = names.find((name) => !columns.includes(name));
    if (missing !== undefined)
      throw new UserError(
        `${where} has no column ${listed([missing])} (it has ${listed(columns)}); add it, or name another with ${option}`,
      );
  }
  if (text && text.length > 2)
    throw new UserError(`--text names ${text.length} columns; name one, or two of pairs of texts`);
  if (text && text[0] === text[1]) throw new UserError(`--text names ${named(text[0]!)} twice; name two columns`);
  if (task === "classification" && targets.length > 1)
    throw new UserError(
      `a text has one class, not one in each of ${listed(targets)}; name its column with --label, or give --task multi-label`,
    );
  return {
    ...(text?.length ? { text: [...text] } : {}),
    ...(targets.length > 0 ? { targets: [...new Set(targets)] } : {}),
  };
}

/** By usual names: the first of them, or the only one. */
function byName(where: string, columns: readonly string[], task: ObjectiveName): string[] | undefined {
  const found = among(columns, targetNames[task]);
  if (found.length === 0) return undefined;
  if (found.length === 1 || found[0]!.toLowerCase() === targetNames[task][0]) return [found[0]!];
  throw new UserError(
    `${where} has several columns that may be what is to be predicted (${listed(found)}); name one with --label`,
  );
}

/** @param targets those that are known */
function textColumns(
  where: string,
  columns: readonly string[],
  targets: readonly string[],
  head: readonly Row[],
): string[] {
  const others = columns.filter((name) => !targets.includes(name));
  const lower = others.map((name) => name.toLowerCase());
  if (!lower.includes("text"))
    for (const pair of pairNames) {
      const places = pair.map((name) => lower.indexOf(name));
      if (places.every((place) => place >= 0)) return places.map((place) => others[place]!);
    }
  const usual = among(others, textNames);
  const found = usual.length > 0 ? usual : others.filter((name) => !indexName.test(name) && holdsText(head, name));
  if (found.length === 1 || found[0]?.toLowerCase() === "text") return [found[0]!];
  const which =
    found.length > 0
      ? `has several columns that may be the text (${listed(found)})`
      : `has no column that holds text${columns.length > 0 ? ` besides what is to be predicted (it has ${listed(columns)})` : ": it is empty"}`;
  throw new UserError(`${where} ${which}; name one with --text, or two of pairs with --text a,b`);
}

/** Where no name says it: what the texts leave. */
function remaining(
  where: string,
  columns: readonly string[],
  text: readonly string[],
  head: readonly Row[],
  task: ObjectiveName,
): string[] {
  const others = columns.filter((name) => !text.includes(name) && !indexName.test(name));
  const can = {
    classification: (): boolean => true,
    "multi-label": (name: string): boolean => holdsAnswers(head, name),
    regression: (name: string): boolean => holdsNumbers(head, name),
  }[task];
  const found = others.filter(can);
  if (found.length === 1 || (task === "multi-label" && found.length > 0)) return found;
  const option = task === "multi-label" ? "--columns" : "--label";
  const thing = { classification: "classes", "multi-label": "labels", regression: "numbers" }[task];
  throw new UserError(
    found.length > 0
      ? `${where} has several columns that may be the ${thing} (${listed(found)}); name one with ${option}`
      : `${where} has no column of ${thing} besides the text (it has ${listed(columns)}); add one, or name it with ${option}`,
  );
}

/** Those of these names, in the names' order. */
function among(columns: readonly string[], names: readonly string[]): string[] {
  return names.flatMap((name) => columns.filter((column) => column.toLowerCase() === name));
}

/** What is in a column, but for what is empty. */
function filled(head: readonly Row[], column: string): string[] {
  return head.flatMap(({ cells }) => {
    const cell = cells.get(column);
    return typeof cell === "string" && cell.trim() !== "" ? [cell.trim()] : [];
  });
}

/** Whether most of what is in a column is such. A cell that is not is a mistake in it, and its row is told later. */
function most(head: readonly Row[], column: string, such: (cell: string) => boolean): boolean {
  const cells = filled(head, column);
  return cells.filter(such).length > cells.length / 2;
}

function holdsText(head: readonly Row[], column: string): boolean {
  return most(head, column, (cell) => numberOf(cell) === undefined);
}

function holdsAnswers(head: readonly Row[], column: string): boolean {
  return most(head, column, (cell) => labelOf(cell) === 0 || labelOf(cell) === 1);
}

function holdsNumbers(head: readonly Row[], column: string): boolean {
  return most(head, column, (cell) => !Number.isNaN(numberOf(cell) ?? NaN));
}
