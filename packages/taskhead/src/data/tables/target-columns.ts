import type { ObjectiveName } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { listed } from "../listed.js";
import { orNoHeader } from "./header.js";
import type { Row } from "./rows.js";
import { labelOf, numberOf } from "./targets.js";

/** Which columns of a table are to be predicted, and which says groups. */
export interface AskedTargets {
  task: ObjectiveName;
  /** The column of the class, the number, or the list of labels. Default: guessed from usual names. */
  label?: string;
  /** Several columns: of labels, or of numbers. */
  labels?: readonly string[];
  /** Unless any is named: columns that are taken where the table has them, as a trained model's outputs. */
  preferred?: readonly string[];
  /** The column of groups, samples of which stay on one side of a split. Default: none. */
  group?: string;
}

/** A table whose columns are to be chosen. */
export interface Choice {
  /** The table, as people call it. */
  where: string;
  columns: readonly string[];
  /** Some of its rows, to see what columns hold. */
  head: readonly Row[];
  /** What a row is one of: "text". */
  sample: string;
}

/** Names of columns that hold what is to be predicted, lower case. Whatever else is there, the first is it. */
const usualNames: Readonly<Record<ObjectiveName, readonly string[]>> = {
  classification: "label labels category class target sentiment intent topic emotion y stars rating score".split(" "),
  "multi-label": "labels label tags categories classes topics target y".split(" "),
  regression: "score stars rating label target y value similarity similarity_score".split(" "),
  "token-classification": "ner_tags tags labels label ner tag".split(" "),
  // Masks are files, no column.
  segmentation: [],
};

/** What columns of each task hold. */
export const things: Readonly<Record<ObjectiveName, string>> = {
  classification: "classes",
  "multi-label": "labels",
  regression: "numbers",
  "token-classification": "tags",
  segmentation: "masks",
};

/** What tells rows apart, and says nothing of them. */
export const indexName = /^(.*[_ -])?(id|idx|index|guid|uuid)$|^(#|row|unnamed: *\d+)$/i;

/** Columns that are called as what is to be predicted usually is. */
export function anyTargets(columns: readonly string[]): string[] {
  return among(columns, Object.values(usualNames).flat());
}

/** What is asked for by name; undefined if nothing is. @throws {UserError} if it is not there, or too much */
export function namedTargets(choice: Choice, { task, label, labels = [] }: AskedTargets): string[] | undefined {
  const names = [...new Set([...(label === undefined ? [] : [label]), ...labels])];
  requireColumns(choice, names, label === undefined ? "--columns" : "--label");
  if (task === "classification" && names.length > 1)
    throw new UserError(
      `${/^[aeiou]/.test(choice.sample) ? "an" : "a"} ${choice.sample} has one class, not one in each of ${listed(names)}; name its column with --label, or give --task multi-label`,
    );
  return names.length > 0 ? names : undefined;
}

/** Such as are preferred, else by usual names: the first of them, or the only one. @throws {UserError} if several may be it */
export function usualTargets({ where, columns }: Choice, { task, preferred = [] }: AskedTargets): string[] | undefined {
  const own = preferred.filter((name) => columns.includes(name));
  if (own.length > 0) return own;
  const found = among(columns, usualNames[task]);
  if (found.length === 0) return undefined;
  if (found.length === 1 || found[0]!.toLowerCase() === usualNames[task][0]) return [found[0]!];
  throw new UserError(
    `${where} has several columns that may be what is to be predicted (${listed(found)}); name one with --label`,
  );
}

/**
 * Where no name says it: the only column that the samples leave, or all that hold labels.
 * @param taken those of the samples
 * @throws {UserError} if there is none, or several may be it
 */
export function remainingTargets(choice: Choice, taken: readonly string[], task: ObjectiveName): string[] {
  const { where, columns, head, sample } = choice;
  const can = {
    classification: (): boolean => true,
    "multi-label": (name: string): boolean => holdsAnswers(head, name),
    regression: (name: string): boolean => holdsNumbers(head, name),
    "token-classification": (): boolean => true,
    segmentation: (): boolean => false,
  }[task];
  const found = columns.filter((name) => !taken.includes(name) && !indexName.test(name) && can(name));
  if (found.length === 1 || (task === "multi-label" && found.length > 0)) return found;
  const option = task === "multi-label" ? "--columns" : "--label";
  const which =
    found.length > 0
      ? `has several columns that may be the ${things[task]} (${listed(found)}); name one with ${option}`
      : `has no column of ${things[task]} besides the ${sample} (it has ${listed(columns)}); add one, or name it with ${option}`;
  throw new UserError(`${where} ${which}${orNoHeader(choice)}`);
}

/** @throws {UserError} if a column is lacking that an option names */
export function requireColumns(choice: Choice, names: readonly string[], option: string): void {
  const { where, columns } = choice;
  const missing = names.find((name) => !columns.includes(name));
  if (missing !== undefined)
    throw new UserError(
      `${where} has no column ${listed([missing])} (it has ${listed(columns)}); add it, or name another with ${option}${orNoHeader(choice)}`,
    );
}

/** Columns of these names, in the names' order, whatever their case. @param names lower case */
export function among(columns: readonly string[], names: readonly string[]): string[] {
  return names.flatMap((name) => columns.filter((column) => column.toLowerCase() === name));
}

/** Whether most of what is in a column is no number. */
export function holdsText(head: readonly Row[], column: string): boolean {
  return most(head, column, (cell) => numberOf(cell) === undefined);
}

/** Whether most of what is in a column says yes or no. */
export function holdsAnswers(head: readonly Row[], column: string): boolean {
  return most(head, column, (cell) => labelOf(cell) === 0 || labelOf(cell) === 1);
}

/** Whether most of what is in a column is a number. */
export function holdsNumbers(head: readonly Row[], column: string): boolean {
  return most(head, column, (cell) => !Number.isNaN(numberOf(cell) ?? NaN));
}

/** Whether most of what is in a column is such. A cell that is not is a mistake in it, and its row is told later. */
export function most(head: readonly Row[], column: string, such: (cell: string) => boolean): boolean {
  const cells = head.flatMap(({ cells: own }) => {
    const cell = own.get(column);
    return typeof cell === "string" && cell.trim() !== "" ? [cell.trim()] : [];
  });
  return cells.filter(such).length > cells.length / 2;
}
