import type { ObjectiveName } from "@taskhead/core/internals";
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
export function taskOfColumns(head: readonly Row[], columns: readonly string[]): TableTask {
  if (columns.length > 1) return columns.every((name) => isMeasured(head, name)) ? "regression" : "multi-label";
  const [only] = columns as [string];
  if (head.some(({ cells }) => isList(cells.get(only)))) return "multi-label";
  return isGraded(head, only) ? "regression" : "classification";
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
