import type { ObjectiveName } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { listed } from "../listed.js";
import type { Row } from "./rows.js";
import { holdsAnswers, holdsNumbers } from "./target-columns.js";
import { isList, labelsIn, numberOf } from "./targets.js";

/** What columns of a table may say, which is learnt of whole samples. */
export const tableTasks = ["classification", "multi-label", "regression"] as const satisfies readonly ObjectiveName[];

export type TableTask = (typeof tableTasks)[number];

/** What is learnt where nobody says it. */
export interface GuessedTask<Task extends ObjectiveName = TableTask> {
  readonly task: Task;
  /** What it was taken from, and the option that says otherwise: a sentence. Absent where nothing else can be meant. */
  readonly said?: string;
}

/** The beginning of a table whose columns are to say what is learnt. */
export interface TableHead {
  /** The table, as people call it. */
  readonly where: string;
  readonly head: readonly Row[];
  /** Of columns of class numbers: what each number stands for. */
  readonly classNames?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** So few different whole numbers are classes, however they are spread. */
const fewNumbers = 20;

/**
 * What is learnt of a table where nobody says it, by the columns that are asked for, or may be meant. Where none is found it is
 * classification, whose reading says what is lacking.
 * @param choose the columns of a task, by their names
 */
export function taskByColumns(
  table: TableHead,
  asked: readonly string[] | undefined,
  choose: (task: TableTask) => readonly string[],
): GuessedTask {
  const chosen = (task: TableTask): readonly string[] => {
    try {
      return choose(task);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [];
    }
  };
  const several = [asked ?? [], chosen("classification"), chosen("multi-label")];
  const found = several.find(({ length }) => length > 0);
  if (!found) return { task: "classification" };
  const guess = taskOfColumns(table, found);
  // By its names a table may have another column for numbers than for classes: that one is read, so that one has to say it.
  const read = chosen(guess.task);
  if (read.length === 0 || read.join() === found.join()) return guess;
  const again = taskOfColumns(table, read);
  return again.task === guess.task ? again : { task: "classification" };
}

/**
 * What columns say that are to be predicted. One whose cells list labels, or several, are labels; numbers are what they are,
 * unless they number classes. Else a column is one of classes.
 * @param columns at least one
 */
function taskOfColumns({ where, head, classNames }: TableHead, columns: readonly string[]): GuessedTask {
  const those = `${listed(columns)} of ${where}`;
  if (columns.length > 1)
    return columns.every((name) => isMeasured(head, name))
      ? { task: "regression", said: `${those} hold numbers: regression; --task multi-label makes labels of them` }
      : {
          task: "multi-label",
          said: `${those} are labels, each yes or no: multi-label; --label names one column alone`,
        };
  const [only] = columns as [string];
  const cells = head.map((row) => row.cells.get(only));
  if (cells.some(Array.isArray))
    return { task: "multi-label", said: `${those} lists labels: multi-label; --label names another column` };
  if (cells.some(isList) && shareLabels(cells.filter((cell) => typeof cell === "string")))
    return {
      task: "multi-label",
      said: `${those} lists labels: multi-label; --task classification makes a class of each list`,
    };
  if (classNames?.has(only) || !holdsNumbers(head, only)) return { task: "classification" };
  const numbers = numbersIn(head, only);
  const asClasses = "--task classification makes classes of them";
  if (!numbers.every(Number.isInteger))
    return { task: "regression", said: `${those} holds numbers with fractions: regression; ${asClasses}` };
  if (!numberClasses(numbers))
    return { task: "regression", said: `${those} holds many different whole numbers: regression; ${asClasses}` };
  if (new Set(numbers).size <= 2) return { task: "classification" };
  return {
    task: "classification",
    said: `${those} holds whole numbers that may stand for classes: classification; --task regression learns them as numbers`,
  };
}

/** Whether some label is in several lists. Names of classes that look like lists, as with a `;` in them, have none in common. */
function shareLabels(lists: readonly string[]): boolean {
  const all = [...new Set(lists)].flatMap((list) => [...new Set(labelsIn(list))]);
  return new Set(all).size < all.length;
}

/** Of several columns each is by itself: numbers that are no answers. */
function isMeasured(head: readonly Row[], column: string): boolean {
  return holdsNumbers(head, column) && !holdsAnswers(head, column);
}

/** The numbers of a column; a cell that is none is a mistake in it, and its row is told later. */
function numbersIn(head: readonly Row[], column: string): number[] {
  return head.flatMap(({ cells }) => {
    const cell = cells.get(column);
    const value = typeof cell === "string" ? numberOf(cell.trim()) : undefined;
    return value === undefined || Number.isNaN(value) ? [] : [value];
  });
}

/**
 * Whether whole numbers stand for classes, which may be called by them: a few different ones; or such as are counted from 0 or 1
 * with few left out, each there twice or more. Ages, years and prices are not: they begin elsewhere, or have gaps.
 */
function numberClasses(numbers: readonly number[]): boolean {
  const different = new Set(numbers);
  if (different.size <= fewNumbers) return true;
  const [lowest, highest] = [...different].reduce(
    ([low, high], one) => [Math.min(low, one), Math.max(high, one)],
    [Infinity, -Infinity],
  );
  const counted = (lowest === 0 || lowest === 1) && highest - lowest < 2 * different.size;
  return counted && numbers.length >= 2 * different.size;
}
