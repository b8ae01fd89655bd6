import type { Target } from "@taskhead/core/internals";
import {
  longestText,
  openParquetTable,
  openTextTable,
  readTables,
  textTableEndings,
  toldRows,
  taskOfTable,
  tooLong,
  UserError,
  wholeText,
  type RefusedRow,
  type Table,
  type TableTask,
  type TextTableEnding,
} from "taskhead/inputs";
import { asRanges, asTextFile, isHidden, partsOf, type PlacedFile } from "./placed-file.js";

/** A text or two, and what is to be predicted of them. */
export interface LabelledText {
  readonly name: string;
  readonly text: string;
  readonly pair?: string;
  readonly target: Target;
}

/** Texts, and what their targets mean. */
export interface LabelledTexts {
  readonly task: TableTask;
  /** The classes, the labels, or the names of the numbers. */
  readonly outputs: readonly string[];
  readonly texts: readonly LabelledText[];
}

/** What of a table is asked for; the rest is guessed. */
export interface AskedOfTable {
  readonly task?: TableTask;
  /** One column, or two of pairs. */
  readonly text?: readonly string[];
  /** Of what is to be predicted. */
  readonly targets?: readonly string[];
}

/** What a table or folders of texts came to. */
export interface FoundTexts extends LabelledTexts {
  /** What was read from where: a sentence. */
  readonly said: string;
  /** Rows and files that cannot be used, and what looks like a mistake; a line each. */
  readonly notes: readonly string[];
  /** The columns that were read; none where folders are the classes. */
  readonly chosen: { readonly text: readonly string[]; readonly targets: readonly string[] } | null;
}

/** More are too many for the memory of a tab. */
export const mostTexts = 100_000;

const endingOf = ({ path }: PlacedFile): string => /\.[^./]*$/.exec(path)?.[0].toLowerCase() ?? "";
const tableEndings: readonly string[] = [...textTableEndings, ".parquet"];
const isTable = (file: PlacedFile): boolean => tableEndings.includes(endingOf(file));

/**
 * The table among what was given, if there is one: the only one, or the one that is called train.
 * @throws {UserError} if several may be it, or it cannot be read
 */
export async function tableIn(files: readonly PlacedFile[]): Promise<Table | undefined> {
  const tables = files.filter((file) => !isHidden(file) && isTable(file));
  const named = tables.filter((file) => /(^|[^a-z])train/i.test(partsOf(file).at(-1)!));
  const [table, ...others] = tables.length > 1 ? named : tables;
  if (tables.length > 1 && (!table || others.length > 0))
    throw new UserError(
      `there are several tables (${tables.slice(0, 4).map(pathOf).join(", ")}), and not one is called train; give one of them`,
    );
  if (!table) return undefined;
  const ending = endingOf(table) as TextTableEnding | ".parquet";
  return ending === ".parquet"
    ? openParquetTable(pathOf(table), asRanges(table))
    : openTextTable(asTextFile(table), ending);
}

/** What is learnt of a table: what is asked for, else what its columns say. */
export async function taskOf(table: Table, { task, text, targets = [] }: AskedOfTable): Promise<TableTask> {
  return task ?? taskOfTable(table, { ...(text ? { text } : {}), labels: targets });
}

/**
 * Texts and their targets in the columns that are asked for, else in those that their names say.
 * @throws {UserError} if it is not known which they are, or no row can be used
 */
export async function textsOfTable(
  table: Table,
  task: TableTask,
  { text, targets = [] }: Omit<AskedOfTable, "task"> = {},
): Promise<FoundTexts> {
  const where = table.path;
  const asked = targets.length === 1 ? { label: targets[0]! } : { labels: targets };
  const found = await readTables({ where, tables: [table] }, { task, ...(text ? { text } : {}), ...asked });
  const { outputs, samples } = found;
  const texts = samples.map(({ text: one, pair, row, target }): LabelledText => ({
    name: `${where}:${row}`,
    text: one,
    ...(pair === undefined ? {} : { pair }),
    target,
  }));
  requireLearnable(where, { task, outputs, texts });
  return {
    task,
    outputs,
    texts,
    said: found.said,
    notes: [...found.notes, ...skipped(where, found.refused)],
    chosen: { text: found.text, targets: found.columns },
  };
}

/**
 * Texts by class: a file is one text, and its class the folder that it lies in.
 * @throws {UserError} if there are no two classes
 */
export async function textsByFolder(files: readonly PlacedFile[]): Promise<FoundTexts> {
  const own = files.filter((file) => !isHidden(file) && endingOf(file) === ".txt" && partsOf(file).length > 1);
  const found: (Omit<LabelledText, "target"> & { label: string })[] = [];
  const refused: RefusedRow[] = [];
  for (const file of own) {
    const name = pathOf(file);
    try {
      const text = await wholeText(asTextFile(file), longestText);
      if (text?.trim()) found.push({ name, label: partsOf(file).at(-2)!.normalize("NFC"), text });
      else refused.push({ row: 1, file: name, reason: text === undefined ? tooLong("it") : "the file is empty" });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ row: 1, file: name, reason: error.message });
    }
  }
  const outputs = [...new Set(found.map(({ label }) => label))].sort();
  const places = new Map(outputs.map((label, i) => [label, i]));
  const texts = found.map(({ label, ...one }): LabelledText => ({ ...one, target: places.get(label)! }));
  requireLearnable("what was given", { task: "classification", outputs, texts });
  return {
    task: "classification",
    outputs,
    texts,
    said: `reads .txt files of ${outputs.length} classes from their folders`,
    notes: skipped("the folders", refused),
    chosen: null,
  };
}

function requireLearnable(where: string, { task, outputs, texts }: LabelledTexts): void {
  if (task === "classification" && outputs.length < 2)
    throw new UserError(
      outputs.length === 0
        ? `${where} has no folder of .txt files and no table; give a table, or one folder of .txt files for each class`
        : `${where} has only one class, '${outputs[0]}'; give texts of at least two`,
    );
  if (texts.length > mostTexts)
    throw new UserError(`${where} has ${texts.length} texts, and a tab takes ${mostTexts}; give fewer`);
}

function skipped(where: string, refused: readonly RefusedRow[]): string[] {
  return toldRows(where, refused).map((line) => `skipped ${line}`);
}

function pathOf(file: PlacedFile): string {
  return partsOf(file).join("/");
}
