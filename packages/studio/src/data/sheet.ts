import {
  conllColumns,
  endingOf,
  isTagged,
  looksTagged,
  openParquetTable,
  openTextTable,
  taggedEndings,
  tableTasks,
  textTableEndings,
  textTasks,
  UserError,
  type Table,
  type TextFile,
  type TextTask,
  type TextTableEnding,
} from "taskhead/inputs";
import { asRanges, asTextFile, isHidden, partsOf, pathOf, type PlacedFile } from "./placed-file.js";

/** What samples are read from that are rows or lines of one file: a table, or a file with a word and its tag a line. */
export type Sheet = {
  /** As people call it. */
  readonly path: string;
  readonly columns: readonly string[];
} & ({ readonly table: Table } | { readonly lines: TextFile });

const tableEndings: readonly string[] = [...textTableEndings, ".parquet"];
/** Of files that have a word a line where they look like it. */
const perhapsTagged: readonly string[] = [".tsv", ".txt"];

/** Ends of names of files that may be one. */
export const sheetEndings: readonly string[] = [...tableEndings, ...taggedEndings];

/** What may be learnt of one. */
export function tasksOf(sheet: Sheet, rows: "texts" | "molecules"): readonly TextTask[] {
  if (rows === "molecules") return tableTasks;
  return "table" in sheet ? textTasks : ["token-classification"];
}

/**
 * The sheet among what was given, if there is one: the only one, or the one that is called train.
 * @throws {UserError} if several may be it, or it cannot be read
 */
export async function sheetIn(files: readonly PlacedFile[]): Promise<Sheet | undefined> {
  const found: PlacedFile[] = [];
  for (const file of files) if (!isHidden(file) && (await isSheet(file))) found.push(file);
  const named = found.filter((file) => /(^|[^a-z])train/i.test(partsOf(file).at(-1)!));
  const [one, ...others] = found.length > 1 ? named : found;
  if (found.length > 1 && (!one || others.length > 0))
    throw new UserError(
      `there are several tables (${found.slice(0, 4).map(pathOf).join(", ")}), and not one is called train; give one of them`,
    );
  return one && opened(one);
}

async function isSheet(file: PlacedFile): Promise<boolean> {
  const ending = endingOf(file.path);
  return (
    sheetEndings.includes(ending) || (ending === ".txt" && (await looksTagged(asTextFile(file)).catch(() => false)))
  );
}

async function opened(file: PlacedFile): Promise<Sheet> {
  const ending = endingOf(file.path);
  const lines = asTextFile(file);
  if (isTagged(file.path) || (perhapsTagged.includes(ending) && (await looksTagged(lines)))) {
    const found = await conllColumns(lines);
    if (!found) throw new UserError(`${lines.path} is empty; give each word a line with its tag`);
    return { path: lines.path, columns: found.columns, lines };
  }
  const table =
    ending === ".parquet"
      ? await openParquetTable(lines.path, asRanges(file))
      : await openTextTable(lines, ending as TextTableEnding);
  return { path: lines.path, columns: table.columns, table };
}
