import { imageName } from "../../files/image-names.js";
import { named } from "../listed.js";
import type { Row } from "./rows.js";
import { numberOf } from "./targets.js";

/** A table's first row, and some of those below it. */
export interface Headed {
  /** The table, as people call it. */
  readonly where: string;
  readonly columns: readonly string[];
  readonly head: readonly Row[];
}

/** To be added to what is wrong with a table's columns: "" where nothing says that its first row is a sample. */
export function orNoHeader(table: Headed): string {
  const name = sampleIn(table);
  return name === undefined
    ? ""
    : `; if its first row is a sample (${named(name)} looks like one), put a row with names of columns above it`;
}

/** The same of a table that is read all the same, a line each. */
export function headerNotes(table: Headed): string[] {
  const name = sampleIn(table);
  if (name === undefined) return [];
  return [
    `the first row of ${table.where} is read as names of columns, but ${named(name)} looks like what is below it: if it is a sample, put a row with names of columns above it`,
  ];
}

/**
 * A name in the first row of a CSV or TSV file that is no name of a column: it stands below itself again, is the one number,
 * above numbers, or is called as an image. Several numbers may be what pandas calls columns: 0, 1, 2 …
 */
function sampleIn({ where, columns, head }: Headed): string | undefined {
  if (!/\.[ct]sv$/i.test(where)) return undefined;
  const isNumber = (text: string): boolean => !Number.isNaN(numberOf(text) ?? NaN);
  const numbers = columns.filter(isNumber);
  return columns.find((name) => {
    if (imageName.test(name)) return true;
    const numeric = numbers.includes(name);
    if (numeric && numbers.length > 1) return false;
    return head.some(({ cells }) => {
      const cell = cells.get(name);
      return typeof cell === "string" && (numeric ? isNumber(cell) : cell === name);
    });
  });
}
