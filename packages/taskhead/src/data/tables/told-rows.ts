import type { RefusedRow } from "./rows.js";

/** Of many files, rows, or classes, only the first are told. */
export const mostTold = 5;

/** How many samples are of no use, and why the first is not; undefined of none. */
export function lostInWords(refused: readonly { reason: string }[]): string | undefined {
  const [first] = refused;
  return first && `${refused.length} cannot be used, the first as ${first.reason}`;
}

/** Which rows of a file are of no use, and why; a line each. @param file that the rows are of, where they say none */
export function toldRows(file: string, refused: readonly RefusedRow[]): string[] {
  const told = refused.slice(0, mostTold).map(({ row, line, file: own = file, reason }) => {
    const place = line === undefined ? "" : ` (line ${line})`;
    return `${own}:${row}${place}: ${reason}`;
  });
  const others = refused.length - told.length;
  return others > 0 ? [...told, `${others} more ${others === 1 ? "row" : "rows"} of ${file}`] : told;
}
