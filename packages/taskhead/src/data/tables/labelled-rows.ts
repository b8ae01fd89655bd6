import type { ObjectiveName } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { named } from "../listed.js";
import { headerNotes } from "./header.js";
import type { Cells, RefusedRow, Row, RowPlace, Table } from "./rows.js";
import { collectTargets, listsLabels, Refusal, type FoundTargets } from "./targets.js";
import { outputsAreColumns, type Terms } from "../classes/terms.js";

/** Tables that are read one after the other, as one. */
export interface Tables {
  /** The table, or the folder of several, as people call it. */
  where: string;
  tables: readonly Table[];
  /** Of columns of class numbers: what each number stands for, beside what the tables say. */
  classNames?: ReadonlyMap<string, readonly string[]>;
}

/** What is read of each row, and how. */
export interface Reading<S> {
  task: ObjectiveName;
  /** The columns of the samples. */
  samples: readonly string[];
  /** The columns of what is to be predicted. */
  targets: readonly string[];
  /** Terms of the training samples, if they are from a table too. */
  like?: Terms;
  /**
   * What becomes of a row.
   * @param file the place of its table
   * @throws {Refusal} if it is of no use
   */
  sampleOf(cells: Cells, file: number, row: number): S;
}

export interface LabelledRows<S> extends FoundTargets {
  /** In the rows' order; the target of each has the same place. */
  samples: S[];
  refused: RefusedRow[];
  notes: string[];
}

/**
 * Takes samples and their targets from tables, row by row. Rows that cannot be used are left out and listed.
 * @throws {UserError} if a table lacks a column or cannot be read, or no row can be used
 */
export async function readLabelledRows<S>(
  { where, tables, classNames: given = new Map() }: Tables,
  { task, samples: own, targets, like, sampleOf }: Reading<S>,
): Promise<LabelledRows<S>> {
  const columns = [...own, ...targets];
  for (const table of tables) requireAll(table, columns, like);
  const lists = task === "multi-label" && targets.length === 1 && (await areLists(tables, targets[0]!, like));
  const classNames = new Map([...tables.flatMap((table) => [...table.classNames]), ...given]);
  const collector = collectTargets({ task, columns: targets, lists, classNames });
  const samples: S[] = [];
  const refused: RefusedRow[] = [];
  const refuse = ({ path: file }: Table, { row, line }: RowPlace, reason: string): void => {
    const place = { row, ...(line === undefined ? {} : { line }) };
    refused.push({ ...place, ...(tables.length > 1 ? { file } : {}), reason });
  };
  for (const [file, table] of tables.entries())
    for await (const row of table.rows((bad) => refuse(table, bad, bad.reason), columns))
      try {
        const sample = sampleOf(row.cells, file, row.row);
        collector.add(row.cells);
        samples.push(sample);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refuse(table, row, error.message);
      }
  if (samples.length === 0) throw useless(where, refused);
  const notes = tables.flatMap((table) => table.notes);
  if (!like)
    for (const table of tables) notes.push(...headerNotes({ where: table.path, columns, head: await headOf(table) }));
  return { samples, ...collector.end(), refused, notes };
}

/** What columns hold is seen in so many rows. */
export const rowsOfHead = 1000;

/** The first rows of a table; what of them cannot be read is told when all are. */
export async function headOf(table: Table): Promise<Row[]> {
  const head: Row[] = [];
  for await (const row of table.rows(() => undefined)) if (head.push(row) === rowsOfHead) break;
  return head;
}

function requireAll({ path, columns }: Table, needed: readonly string[], like: Terms | undefined): void {
  const missing = needed.find((name) => !columns.includes(name));
  if (missing === undefined) return;
  const of = like ? `${like.where} has it` : "the other tables have it";
  const own = columns.slice(0, 8).map(named).join(", ");
  throw new UserError(`${path} has no column ${named(missing)} (it has ${own}), but ${of}; add or rename one`);
}

async function areLists(tables: readonly Table[], column: string, like: Terms | undefined): Promise<boolean> {
  if (like) return !outputsAreColumns(like);
  const rows = async function* (): AsyncGenerator<Row> {
    for (const table of tables) yield* table.rows(() => undefined, [column]);
  };
  return listsLabels(rows(), column);
}

function useless(where: string, [first]: readonly RefusedRow[]): UserError {
  if (!first) return new UserError(`${where} has no rows; add one for each sample`);
  const place = first.file === undefined ? `row ${first.row}` : `${first.file}, row ${first.row}`;
  return new UserError(
    `no row of ${where} can be used (${place}: ${first.reason}); mend it, or name the column with --label`,
  );
}
