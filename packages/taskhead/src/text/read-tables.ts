import { named } from "../data/listed.js";
import type { RefusedRow, Row, RowPlace, Table } from "../data/rows.js";
import { openTable } from "../data/table.js";
import { collectTargets, listsLabels, Refusal } from "../data/targets.js";
import { alikeNotes, outputsAreColumns } from "../data/terms.js";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { chooseColumns, type AskedColumns, type ChosenColumns } from "./text-columns.js";
import { textOfRow } from "./text-of-row.js";
import type { TextSample, TextSource } from "./text-source.js";

/** Tables that are read one after the other, as one. */
export interface Tables {
  /** As it was asked for. */
  path: string;
  /** The table, or the folder of several; absolute. */
  labels: string;
  /** Absolute. */
  files: readonly string[];
  /** Of columns of class numbers: what each number stands for, beside what the tables say. */
  classNames?: ReadonlyMap<string, readonly string[]>;
}

/** What columns hold is seen in so many rows. */
const rowsOfHead = 1000;

/**
 * Takes texts and their targets from tables. Rows that cannot be used are left out and listed.
 * @param like the training texts: their columns are read, where they are from a table too
 * @throws {UserError} if a file cannot be read, lacks a column, or no row can be used
 */
export async function readTables(
  { path, labels, files, classNames: given = new Map() }: Tables,
  asked: AskedColumns,
  like?: TextSource,
): Promise<TextSource> {
  const { task } = asked;
  const tables: Table[] = [];
  for (const file of files) tables.push(await openTable(shown(file)));
  const where = shown(labels);
  const [first] = tables as [Table];
  const chosen = like?.labels
    ? { text: like.text, targets: like.columns, guessed: false }
    : chooseColumns(where, first.columns, await headOf(first), asked);
  for (const table of tables) requireColumns(table, chosen, like);
  const columns = [...chosen.text, ...chosen.targets];
  const refused: RefusedRow[] = [];
  const refuse = (file: number, { row, line }: RowPlace, reason: string): void =>
    void refused.push({
      row,
      ...(line === undefined ? {} : { line }),
      ...(files.length > 1 ? { file: shown(files[file]!) } : {}),
      reason,
    });
  const classNames = new Map([...tables.flatMap((table) => [...table.classNames]), ...given]);
  const lists = task === "multi-label" && (await listLabels(tables, chosen.targets, like));
  const collector = collectTargets({ task, columns: chosen.targets, lists, classNames });
  const samples: TextSample[] = [];
  const [one, other] = chosen.text as [string, string?];
  for (const [file, table] of tables.entries())
    for await (const { row, line, cells } of table.rows((bad) => refuse(file, bad, bad.reason), columns))
      try {
        const text = textOfRow(cells, one);
        const pair = other === undefined ? undefined : textOfRow(cells, other);
        collector.add(cells);
        samples.push(pair === undefined ? { text, file, row, target: 0 } : { text, pair, file, row, target: 0 });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refuse(file, line === undefined ? { row } : { row, line }, error.message);
      }
  if (samples.length === 0) throw useless(where, refused);
  const { outputs, targets } = collector.end();
  samples.forEach((sample, i) => (sample.target = targets[i]!));
  const things = task === "classification" ? "classes" : "labels";
  return {
    path,
    labels,
    files: [...files],
    text: chosen.text,
    columns: chosen.targets,
    task,
    outputs,
    samples,
    refused,
    notes: [
      ...tables.flatMap((table) => table.notes),
      ...(like || task === "regression" ? [] : alikeNotes(outputs, things, where)),
    ],
    said: said(where, task, chosen),
  };
}

/** The first rows; what cannot be read is told later. */
async function headOf(table: Table): Promise<Row[]> {
  const head: Row[] = [];
  for await (const row of table.rows(() => undefined)) if (head.push(row) === rowsOfHead) break;
  return head;
}

function requireColumns(
  { path, columns }: Table,
  { text, targets }: ChosenColumns,
  like: TextSource | undefined,
): void {
  const missing = [...text, ...targets].find((name) => !columns.includes(name));
  if (missing === undefined) return;
  const of = like ? `${shown(like.labels ?? like.path)} has it` : "the other files have it";
  throw new UserError(
    `${path} has no column ${named(missing)} (it has ${columns.map(named).slice(0, 8).join(", ")}), but ${of}; add or rename one`,
  );
}

/** Whether the one column lists labels, rather than being one. */
async function listLabels(
  tables: readonly Table[],
  columns: readonly string[],
  like: TextSource | undefined,
): Promise<boolean> {
  const [only, ...others] = columns as [string];
  if (others.length > 0) return false;
  if (like?.labels) return !outputsAreColumns(like);
  const rows = async function* (): AsyncGenerator<Row> {
    for (const table of tables) yield* table.rows(() => undefined, [only]);
  };
  return listsLabels(rows(), only);
}

function useless(where: string, [first]: readonly RefusedRow[]): UserError {
  if (!first) return new UserError(`${where} has no rows; add one for each text`);
  const place = first.file === undefined ? `row ${first.row}` : `${first.file}, row ${first.row}`;
  return new UserError(
    `no row of ${where} can be used (${place}: ${first.reason}); mend it, or name other columns with --text and --label`,
  );
}

/** "reads texts from column 'text' and classes from column 'label' of reviews.csv" */
function said(where: string, task: AskedColumns["task"], { text, targets, guessed }: ChosenColumns): string {
  const things = { classification: "classes", "multi-label": "labels", regression: "numbers" }[task];
  const columns = (names: readonly string[]): string =>
    names.length === 1
      ? `column ${named(names[0]!)}`
      : names.length > 6
        ? `${names.length} columns (${names.slice(0, 6).map(named).join(", ")}, …)`
        : `columns ${names.slice(0, -1).map(named).join(", ")} and ${named(names.at(-1)!)}`;
  const texts = text.length > 1 ? "pairs of texts" : "texts";
  const option = task === "multi-label" || targets.length > 1 ? "--columns" : "--label";
  const hint = guessed ? ` (others are named with --text and ${option})` : "";
  return `reads ${texts} from ${columns(text)} and ${things} from ${columns(targets)} of ${where}${hint}`;
}
