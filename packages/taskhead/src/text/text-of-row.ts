import { named } from "../data/listed.js";
import type { Cells } from "../data/tables/rows.js";
import { Refusal } from "../data/tables/targets.js";

/** In UTF-16 units: no network reads so much at once. */
export const longestText = 1_000_000;

/** Why a text is refused for its length. @param has "'text' has 2,000,000 characters" */
export function tooLong(has: string): string {
  return `${has}, more than a text may have (${longestText.toLocaleString("en")} characters)`;
}

/**
 * The text of a row, as it is.
 * @throws {Refusal} if there is none
 */
export function textOfRow(cells: Cells, column: string): string {
  const cell = cells.get(column);
  if (cell === null) throw new Refusal(`${named(column)} is no text`);
  if (cell !== undefined && typeof cell !== "string") throw new Refusal(`${named(column)} is a list`);
  if (cell === undefined || cell.trim() === "") throw new Refusal(`${named(column)} is empty`);
  if (cell.length > longestText)
    throw new Refusal(tooLong(`${named(column)} has ${cell.length.toLocaleString("en")} characters`));
  return cell;
}
