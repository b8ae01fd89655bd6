import type { ObjectiveName } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import type { Row } from "./rows.js";
import { holdsAnswers, holdsNumbers } from "./target-columns.js";
import { isList, numberOf } from "./targets.js";

/** What columns of a table may say, which is learnt of whole samples. */
export const tableTasks = ["classification", "multi-label", "regression"] as const satisfies readonly ObjectiveName[];

export type TableTask = (typeof tableTasks)[number];

/** Whole numbers of more different values than that are no classes, where most are there once. */
const mostClasses = 20;

/**
 * What columns say that are to be predicted. One whose cells list labels, or several, are labels; one of numbers is that if some
 * are fractions, or whole and most of them there once. Else a column is one of classes, which may be called by numbers.
 * @param columns at least one
 */
function taskOfColumns(head: readonly Row[], columns: readonly string[]): TableTask {
  if (columns.length > 1) return columns.every((name) => isMeasured(head, name)) ? "regression" : "multi-label";
  const [only] = columns as [string];
  if (head.some(({ cells }) => isList(cells.get(only)))) return "multi-label";
  return isGraded(head, only) ? "regression" : "classification";
}

/**
 * What is learnt of a table where nobody says it, by the columns that are asked for, or may be meant. Where none is found it is
 * classification, whose reading says what is lacking.
 * @param choose the columns of a task, by their names
 */
export function taskByColumns(
  head: readonly Row[],
  asked: readonly string[] | undefined,
  choose: (task: TableTask) => readonly string[],
): TableTask {
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
  return found ? taskOfColumns(head, found) : "classification";
}

/** Of several columns each is by itself: numbers that are no answers. */
function isMeasured(head: readonly Row[], column: string): boolean {
  return holdsNumbers(head, column) && !holdsAnswers(head, column);
}

function isGraded(head: readonly Row[], column: string): boolean {
  if (!holdsNumbers(head, column)) return false;
  const numbers = head.flatMap(({ cells }) => {
    const cell = cells.get(column);
    const value = typeof cell === "string" ? numberOf(cell.trim()) : undefined;
    return value === undefined || Number.isNaN(value) ? [] : [value];
  });
  const different = new Set(numbers).size;
  return !numbers.every(Number.isInteger) || different > Math.max(mostClasses, numbers.length / 2);
}
