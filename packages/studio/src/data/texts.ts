import type { Target } from "@taskhead/core/internals";
import {
  conllColumns,
  endingOf,
  longestText,
  namesSmiles,
  pathOfTags,
  readMoleculeTable,
  readTables,
  readTagged,
  toldRows,
  taskOfMolecules,
  taskOfTable,
  tooLong,
  UserError,
  wholeText,
  type RefusedRow,
  type TableTexts,
  type TextTask,
} from "taskhead/inputs";
import { asTextFile, isHidden, partsOf, pathOf, type PlacedFile } from "./placed-file.js";
import { tablesOf, type Sheet } from "./sheet.js";

/** A text or two, or a molecule as SMILES, and what is to be predicted of them. */
export interface LabelledText {
  readonly name: string;
  readonly text: string;
  readonly pair?: string;
  /** Where each word has a tag: `text` is all of them with spaces between, `target` a tag for each, −1 where it has none. */
  readonly words?: readonly string[];
  readonly target: Target;
}

/** Texts, and what their targets mean. */
export interface LabelledTexts {
  readonly task: TextTask;
  /** The classes, the labels, the names of the numbers, or the tags. */
  readonly outputs: readonly string[];
  readonly texts: readonly LabelledText[];
}

/** What of a sheet is asked for; the rest is guessed. */
export interface AskedOfSheet {
  /** What its rows are. */
  readonly rows?: "texts" | "molecules";
  readonly task?: TextTask;
  /** Of molecules that of SMILES; of texts one column, or two of pairs; of words, where each has a tag. */
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

/** What the rows of a sheet are: what is asked for, else molecules where a column is called as SMILES are. */
export function rowsOf(sheet: Sheet, { rows }: AskedOfSheet): NonNullable<AskedOfSheet["rows"]> {
  return rows ?? (tablesOf(sheet).length > 0 && namesSmiles(sheet.columns) ? "molecules" : "texts");
}

/** What is learnt of a sheet: what is asked for, else what its columns say. */
export async function taskOf(sheet: Sheet, asked: AskedOfSheet): Promise<TextTask> {
  const { task, text, targets = [] } = asked;
  const [table] = tablesOf(sheet);
  if (!table) return "token-classification";
  if (task !== undefined) return task;
  if (rowsOf(sheet, asked) === "molecules")
    return taskOfMolecules(table, { ...(text ? { smiles: text[0]! } : {}), labels: targets });
  return taskOfTable(table, { ...(text ? { text } : {}), labels: targets });
}

/**
 * SMILES and their targets in the columns that are asked for, else in those that their names say; whether each is a molecule
 * is not asked here.
 * @throws {UserError} if it is not known which they are, or no row can be used
 */
export async function moleculesOfSheet(
  sheet: Sheet,
  task: TextTask,
  { text = [], targets = [] }: Omit<AskedOfSheet, "task" | "rows"> = {},
): Promise<FoundTexts> {
  const [table, ...others] = tablesOf(sheet);
  if (!table || others.length > 0)
    throw new UserError(
      `${sheet.path} has ${sheet.files.length} tables of molecules, which are read from one; join them`,
    );
  const where = table.path;
  const found = await readMoleculeTable(table, {
    task,
    ...(text.length > 0 ? { smiles: text[0]! } : {}),
    ...(targets.length === 1 ? { label: targets[0]! } : { labels: targets }),
  });
  const { outputs, rows, column, columns } = found;
  const texts = rows.map(({ sample, row, target }): LabelledText => ({
    name: `${where}:${row}`,
    text: sample,
    target,
  }));
  const { said } = found;
  const chosen = { text: [column], targets: columns };
  return learnable(where, { task, outputs, texts, said, chosen }, [...sheet.notes, ...found.notes], found.refused);
}

/**
 * Texts and their targets in the columns that are asked for, else in those that their names say.
 * @throws {UserError} if it is not known which they are, or no row can be used
 */
export async function textsOfSheet(
  sheet: Sheet,
  task: TextTask,
  { text, targets = [] }: Omit<AskedOfSheet, "task"> = {},
): Promise<FoundTexts> {
  const where = sheet.path;
  const label = targets.length === 1 ? { label: targets[0]! } : {};
  const asked = { ...(text ? { text } : {}), ...label };
  const { files, classNames } = sheet;
  const tables = tablesOf(sheet);
  const found =
    task === "token-classification" || tables.length === 0
      ? await readTagged({ where, files, classNames }, asked)
      : await readTables(
          { where, tables, classNames },
          { task, ...asked, ...("label" in label ? {} : { labels: targets }) },
        );
  const { outputs, samples } = found;
  const texts = samples.map(({ text: one, pair, words, file, row, target }): LabelledText => ({
    name: `${pathOfTags(files[file]!)}:${row}`,
    text: one,
    ...(pair === undefined ? {} : { pair }),
    ...(words ? { words } : {}),
    target,
  }));
  const { said } = found;
  const chosen = await chosenOf(sheet, asked, found);
  return learnable(where, { task, outputs, texts, said, chosen }, [...sheet.notes, ...found.notes], found.refused);
}

/** The columns that were read; of lines those that the first of them has. */
async function chosenOf(
  sheet: Sheet,
  asked: { readonly text?: readonly string[]; readonly label?: string },
  { text, columns }: Pick<TableTexts, "text" | "columns">,
): Promise<FoundTexts["chosen"]> {
  const [first] = sheet.files;
  if ("table" in first) return { text, targets: columns };
  const found = await conllColumns(first.lines, asked);
  return found ? { text: [found.words], targets: [found.tags] } : null;
}

/**
 * Texts by class: a file is one text, and its class the folder that it lies in.
 * @throws {UserError} if there are no two classes
 */
export async function textsByFolder(files: readonly PlacedFile[]): Promise<FoundTexts> {
  const own = files.filter((file) => !isHidden(file) && endingOf(file.path) === ".txt" && partsOf(file).length > 1);
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

/** @throws {UserError} as `requireLearnable` */
function learnable(
  where: string,
  found: Omit<FoundTexts, "notes">,
  notes: readonly string[],
  refused: readonly RefusedRow[],
): FoundTexts {
  requireLearnable(where, found);
  return { ...found, notes: [...notes, ...skipped(where, refused)] };
}

/** @throws {UserError} if there are no two classes, or too many texts */
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
