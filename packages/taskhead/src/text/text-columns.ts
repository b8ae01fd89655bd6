import { listed, named } from "../data/listed.js";
import { orNoHeader } from "../data/tables/header.js";
import {
  among,
  anyTargets,
  holdsText,
  indexName,
  most,
  namedTargets,
  remainingTargets,
  requireColumns,
  usualTargets,
  type AskedTargets,
  type Choice,
} from "../data/tables/target-columns.js";
import { isArchive } from "../files/archive-endings.js";
import { UserError } from "../files/errors.js";
import { imageName } from "../files/image-names.js";

/** Which columns are asked for. */
export interface AskedColumns extends AskedTargets {
  /** One, or two of pairs. Default: guessed from usual names. */
  text?: readonly string[];
}

/** Which columns are read. */
export interface ChosenColumns {
  text: string[];
  targets: string[];
  /** Whether any was guessed. */
  guessed: boolean;
}

/** Names of columns that hold texts, lower case. Whatever else is there, `text` is it, and `txt` where there is none. */
const textNames = (
  "text txt sentence review content question query utterance body title document tweet message comment comment_text " +
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

/**
 * Chooses the columns of texts and targets: those that are asked for, else by their names, else the only ones that can be.
 * @throws {UserError} if a column is lacking, or several could be meant
 */
export function chooseColumns(choice: Omit<Choice, "sample">, asked: AskedColumns): ChosenColumns {
  const table: Choice = { ...choice, sample: "text" };
  const texts = namedTexts(table, asked.text ?? []);
  const targets = namedTargets(table, asked);
  const others = table.columns.filter((name) => !texts?.includes(name));
  const usual = targets ?? usualTargets({ ...table, columns: others }, asked);
  const text = texts ?? usualTexts(table, usual ?? []);
  const chosen = usual ?? remainingTargets(table, text, asked.task);
  const twice = chosen.find((name) => text.includes(name));
  if (twice !== undefined)
    throw new UserError(
      `column ${named(twice)} of ${table.where} cannot be both text and what is predicted of it; name others with --text and --label`,
    );
  return { text, targets: chosen, guessed: texts === undefined || targets === undefined };
}

/**
 * Which columns are the texts of a table that is to be answered, whatever else is there.
 * @throws {UserError} if it has not those that are asked for, or several could be meant
 */
export function chooseTexts(choice: Omit<Choice, "sample">, asked: readonly string[] = []): string[] {
  const table: Choice = { ...choice, sample: "text" };
  return namedTexts(table, asked) ?? usualTexts(table, anyTargets(table.columns));
}

/** Whether columns are called as those of texts are. */
export function areUsual(columns: readonly string[]): boolean {
  return columns.length > 1 || among(columns, textNames).length > 0;
}

/** What is asked for; undefined if nothing is. */
function namedTexts(table: Choice, names: readonly string[]): string[] | undefined {
  requireColumns(table, names, "--text");
  if (names.length > 2) throw new UserError(`--text names ${names.length} columns; name one, or two of pairs of texts`);
  if (names.length === 2 && names[0] === names[1])
    throw new UserError(`--text names ${named(names[0]!)} twice; name two columns`);
  return names.length > 0 ? [...names] : undefined;
}

/** @param targets those that are known */
function usualTexts(choice: Choice, targets: readonly string[]): string[] {
  const { where, columns, head } = choice;
  const others = columns.filter((name) => !targets.includes(name));
  const lower = others.map((name) => name.toLowerCase());
  if (!lower.includes("text"))
    for (const pair of pairNames) {
      const places = pair.map((name) => lower.indexOf(name));
      if (places.every((place) => place >= 0)) return places.map((place) => others[place]!);
    }
  const usual = among(others, textNames);
  const held = others.filter((name) => !indexName.test(name) && holdsText(head, name));
  const images = held.filter((name) => most(head, name, (cell) => imageName.test(cell)));
  const found = usual.length > 0 ? usual : held.filter((name) => !images.includes(name));
  if (found.length === 1 || /^te?xt$/i.test(found[0] ?? "")) return [found[0]!];
  if (columns.length === 0)
    throw new UserError(
      isArchive(where)
        ? `${where} has no text; give an archive with a .txt or .json for each text, and its class in a .cls or the .json`
        : `${where} is empty; give a table with the names of its columns and rows`,
    );
  if (found.length === 0 && images.length > 0)
    throw new UserError(
      `${where} names images in column ${named(images[0]!)}, and the model takes texts; give a model of images, or name a column of texts with --text`,
    );
  const which =
    found.length > 0
      ? `has several columns that may be the text (${listed(found)})`
      : `has no column that holds text besides what is to be predicted (it has ${listed(columns)})`;
  throw new UserError(`${where} ${which}; name one with --text, or two of pairs with --text a,b${orNoHeader(choice)}`);
}
