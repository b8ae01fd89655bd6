import type { Target } from "@taskhead/core/internals";
import {
  conllColumns,
  endingOf,
  isArchive,
  longestText,
  namesSmiles,
  pathOfTags,
  readGraphTable,
  readMoleculeTable,
  readTables,
  readTagged,
  toldRows,
  taskOfGraphs,
  taskOfMolecules,
  taskOfTable,
  targetsInTermsOf,
  tooLong,
  UserError,
  wholeText,
  type Graph,
  type GuessedTask,
  type RefusedRow,
  type Table,
  type TableTexts,
  type Terms,
  type TextTask,
} from "taskhead/inputs";
import { inClassFolders } from "./class-folders.js";
import { asTextFile, isHidden, pathOf, type PlacedFile } from "./placed-file.js";
import { notUsed, otherSets, type OfSet, type SetName, type SetPlaces } from "./sets.js";
import { tablesOf, type RowKind, type Sheet, type SheetFiles } from "./sheet.js";

/** A text or two, or a molecule as SMILES, and what is to be predicted of them. */
export interface LabelledText extends OfSet {
  readonly name: string;
  readonly text: string;
  readonly pair?: string;
  /** Where each word has a tag: `text` is all of them with spaces between, `target` a tag for each, −1 where it has none. */
  readonly words?: readonly string[];
  /** Where samples are graphs, or pictures of a table's rows: `text` is empty. */
  readonly graph?: Graph;
  readonly picture?: Blob;
  /** Of which group it is; absent where none is named. */
  readonly group?: string;
  readonly target: Target;
}

/** Texts, and what their targets mean. */
export interface LabelledTexts {
  readonly task: TextTask;
  /** The classes, the labels, the names of the numbers, or the tags. */
  readonly outputs: readonly string[];
  readonly texts: readonly LabelledText[];
  /** Absent where they were not given in sets. */
  readonly sets?: SetPlaces;
  /** The column of groups, of which none is trained and validated on; absent where none are kept together. */
  readonly group?: string;
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
  /** Of groups that are kept together. Default: none are. */
  readonly group?: string;
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
const mostTexts = 100_000;

/** What the rows of a sheet are: graphs, of pictures, or what is asked for, else molecules where a column is called as SMILES are. */
export function rowsOf(sheet: Sheet, { rows }: AskedOfSheet): RowKind {
  if (sheet.graphs) return "graphs";
  if (sheet.pictures) return "labelled";
  return rows ?? (tablesOf(sheet).length > 0 && namesSmiles(sheet.columns) ? "molecules" : "texts");
}

/** What is learnt of a sheet: what is asked for, else what its columns say. */
export async function taskOf(sheet: Sheet, asked: AskedOfSheet): Promise<TextTask> {
  const ofWords = !sheet.graphs && !sheet.pictures && tablesOf(sheet).length === 0;
  if (ofWords) return "token-classification";
  return asked.task ?? (await guessedTask(sheet, asked)).task;
}

async function guessedTask(sheet: Sheet, asked: AskedOfSheet): Promise<GuessedTask<TextTask>> {
  const { text, targets = [], group } = asked;
  const [first] = sheet.files;
  if (sheet.graphs && "lines" in first) return taskOfGraphs(first.lines, { labels: targets, ...inGroups(asked) });
  if (sheet.pictures) return sheet.pictures.task({ labels: targets, ...inGroups(asked) });
  const [whole] = tablesOf(sheet) as [Table];
  const table = {
    ...whole,
    columns: whole.columns.filter((name) => name !== group),
    classNames: new Map([...whole.classNames, ...sheet.classNames]),
  };
  if (rowsOf(sheet, asked) === "molecules")
    return taskOfMolecules(table, { ...(text ? { smiles: text[0]! } : {}), labels: targets });
  return taskOfTable(table, { ...(text ? { text } : {}), labels: targets });
}

/** As readers of tables are asked for groups. */
export function inGroups({ group }: { readonly group?: string | undefined }): { readonly group?: string } {
  return group === undefined ? {} : { group };
}

/**
 * SMILES and their targets in the columns that are asked for, else in those that their names say; whether each is a molecule
 * is not asked here.
 * @throws {UserError} if it is not known which they are, or no row can be used
 */
export async function moleculesOfSheet(
  sheet: Sheet,
  task: TextTask,
  { text = [], targets = [], ...more }: Omit<AskedOfSheet, "task" | "rows"> = {},
): Promise<FoundTexts> {
  const asked = {
    task,
    ...inGroups(more),
    ...(text.length > 0 ? { smiles: text[0]! } : {}),
    ...(targets.length === 1 ? { label: targets[0]! } : { labels: targets }),
  };
  const train = await readMolecules(sheet, asked);
  const like = { column: train.column, terms: termsOf(task, sheet.path, train) };
  const found = await withOtherSets(sheet, { task, train }, (files) => readMolecules(files, asked, like));
  return { ...found, ...inGroups(more), chosen: { text: [train.column], targets: train.columns } };
}

/** @throws {UserError} of several tables, too */
async function readMolecules(
  files: SheetFiles,
  ...[asked, like]: Rest<Parameters<typeof readMoleculeTable>>
): Promise<ReadSet & { readonly column: string }> {
  const [table, ...others] = tablesOf(files);
  if (!table || others.length > 0)
    throw new UserError(
      `${files.path} has ${files.files.length} tables of molecules, which are read from one; join them`,
    );
  const { rows, ...found } = await readMoleculeTable(table, asked, like);
  const texts = rows.map(({ sample, row, target, group }): LabelledText => ({
    name: `${table.path}:${row}`,
    text: sample,
    ...(group === undefined ? {} : { group }),
    target,
  }));
  return { ...found, texts };
}

/**
 * Graphs and their targets in the columns that are asked for, else in those called `y`.
 * @throws {UserError} if there are none, or no line can be used
 */
export async function graphsOfSheet(
  sheet: Sheet,
  task: TextTask,
  { targets = [], ...more }: Pick<AskedOfSheet, "targets" | "group"> = {},
): Promise<FoundTexts> {
  const asked = { task, ...inGroups(more), ...(targets.length === 1 ? { label: targets[0]! } : { labels: targets }) };
  const train = await readGraphs(sheet, asked);
  const found = await withOtherSets(sheet, { task, train }, (files) => readGraphs(files, asked, train));
  return { ...found, ...inGroups(more), chosen: { text: [], targets: train.columns } };
}

/** @throws {UserError} of several files, and of what has no lines, too */
async function readGraphs(
  { path, files: [first, ...others] }: SheetFiles,
  ...[asked, like]: Rest<Parameters<typeof readGraphTable>>
): Promise<ReadSet> {
  if (others.length > 0)
    throw new UserError(`${path} has ${others.length + 1} files of graphs, which are read from one; join them`);
  if (!("lines" in first)) throw new UserError(`${path} has no graphs; give one a line, as JSON`);
  const { rows, ...found } = await readGraphTable(first.lines, asked, like);
  const texts = rows.map(({ sample, row, target, group }): LabelledText => ({
    name: `${first.lines.path}:${row}`,
    text: "",
    graph: sample,
    ...(group === undefined ? {} : { group }),
    target,
  }));
  return { ...found, texts };
}

type Rest<T extends readonly unknown[]> = T extends readonly [unknown, ...infer R] ? R : never;

/**
 * Texts and their targets in the columns that are asked for, else in those that their names say.
 * @throws {UserError} if it is not known which they are, or no row can be used
 */
export async function textsOfSheet(
  sheet: Sheet,
  task: TextTask,
  { text, targets = [], ...more }: Omit<AskedOfSheet, "task"> = {},
): Promise<FoundTexts> {
  const label = targets.length === 1 ? { label: targets[0]! } : {};
  const asked = { ...(text ? { text } : {}), ...label, ...inGroups(more) };
  const { classNames } = sheet;
  const read = async (
    { path: where, files }: SheetFiles,
    like?: Like,
  ): Promise<ReadSet & Pick<TableTexts, "text" | "columns">> => {
    const tables = tablesOf({ files });
    const found =
      task === "token-classification" || tables.length === 0
        ? await readTagged({ where, files, classNames }, asked, like && { outputs: like.terms.outputs, like })
        : await readTables(
            { where, tables, classNames },
            { task, ...asked, ...("label" in label ? {} : { labels: targets }), ...preferredIn(files, task) },
            { training: !like, ...(like ? { like } : {}) },
          );
    return { ...found, texts: labelledTexts(files, found.samples) };
  };
  const train = await read(sheet);
  const like = { text: train.text, columns: train.columns, terms: termsOf(task, sheet.path, train) };
  const found = await withOtherSets(sheet, { task, train }, (files) => read(files, like));
  return { ...found, ...inGroups(more), chosen: await chosenOf(sheet, asked, train) };
}

/** Of archives the members `cls` say classes, whatever else is there. */
function preferredIn([first]: SheetFiles["files"], task: TextTask): { readonly preferred?: readonly string[] } {
  return task === "classification" && "table" in first && isArchive(first.table.path) ? { preferred: ["cls"] } : {};
}

/** The training texts that others are to be like. */
interface Like extends Pick<TableTexts, "text" | "columns"> {
  readonly terms: Terms;
}

function labelledTexts(files: SheetFiles["files"], samples: TableTexts["samples"]): LabelledText[] {
  return samples.map(({ text, pair, words, file, row, group, target }) => ({
    name: `${pathOfTags(files[file]!)}:${row}`,
    text,
    ...(pair === undefined ? {} : { pair }),
    ...(words ? { words } : {}),
    ...(group === undefined ? {} : { group }),
    target,
  }));
}

/** What the files of one set came to. */
export interface ReadSet {
  readonly outputs: readonly string[];
  /** Those of the targets. */
  readonly columns: readonly string[];
  readonly texts: readonly LabelledText[];
  readonly refused: readonly RefusedRow[];
  readonly notes: readonly string[];
  readonly said: string;
}

function termsOf(task: TextTask, where: string, { columns, outputs }: Pick<ReadSet, "columns" | "outputs">): Terms {
  return { task, where, columns, folders: false, outputs };
}

/**
 * The training samples of a sheet and those of its other sets, in their terms; a set that cannot be used is left out, and said.
 * @throws {UserError} as `requireLearnable`
 */
export async function withOtherSets(
  { path, others, notes: known }: Sheet,
  { task, train }: { readonly task: TextTask; readonly train: ReadSet },
  read: (files: SheetFiles) => Promise<ReadSet>,
): Promise<Omit<FoundTexts, "chosen">> {
  const terms = termsOf(task, path, train);
  const texts: LabelledText[] = [];
  const sets: Partial<Record<SetName, string>> = { train: path };
  const notes = [...known, ...train.notes, ...skipped(path, train.refused)];
  for (const set of otherSets) {
    const files = others[set];
    if (!files) continue;
    try {
      const own = await read(files);
      const targets = own.texts.map(({ target }) => target);
      // Those of words are in terms of the others' already.
      const inTerms =
        task === "token-classification" ? targets : targetsInTermsOf(terms, termsOf(task, files.path, own), targets);
      texts.push(...own.texts.map((one, i) => ({ ...one, target: inTerms[i]!, set })));
      sets[set] = files.path;
      notes.push(...own.notes, ...skipped(files.path, own.refused));
    } catch (error) {
      notes.push(notUsed(files.path, set, error));
    }
  }
  const apart = texts.length > 0;
  const first = apart ? train.texts.map((one): LabelledText => ({ ...one, set: "train" })) : train.texts;
  const all = { task, outputs: train.outputs, texts: [...first, ...texts], ...(apart ? { sets } : {}) };
  requireLearnable(path, all);
  return { ...all, said: train.said, notes };
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
 * Texts by class: a file is one text, and its class the folder that it is in. Sets are found as of pictures.
 * @throws {UserError} if there are no two classes
 */
export async function textsByFolder(files: readonly PlacedFile[]): Promise<FoundTexts> {
  const own = files.filter((file) => !isHidden(file) && endingOf(file.path) === ".txt");
  const found: Omit<LabelledText, "target">[] = [];
  const refused: RefusedRow[] = [];
  for (const file of own) {
    const name = pathOf(file);
    try {
      const text = await wholeText(asTextFile(file), longestText);
      if (text?.trim()) found.push({ name, text });
      else refused.push({ row: 1, file: name, reason: text === undefined ? tooLong("it") : "the file is empty" });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused.push({ row: 1, file: name, reason: error.message });
    }
  }
  const { samples, notes, sets } = inClassFolders(found);
  const outputs = [...new Set(samples.map(({ label }) => label))].sort();
  const places = new Map(outputs.map((label, i) => [label, i]));
  const texts = samples.map((sample): LabelledText => {
    const { label, path: _, ...one } = sample;
    return { ...one, target: places.get(label)! };
  });
  requireLearnable("what was given", { task: "classification", outputs, texts });
  return {
    task: "classification",
    outputs,
    texts,
    ...(sets ? { sets } : {}),
    said: `reads .txt files of ${outputs.length} classes from their folders`,
    notes: [...notes, ...skipped("the folders", refused)],
    chosen: null,
  };
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
