import type { ObjectiveName } from "@taskhead/core/internals";
import { rowsOfHead } from "../../data/tables/labelled-rows.js";
import { listed, named } from "../../data/listed.js";
import { onlyOneClass } from "../../data/splits/require-validation.js";
import { leaves, plainPath } from "../../data/plain-path.js";
import { roleOf, type Role } from "../../data/sets/roles.js";
import type { RefusedRow } from "../../data/tables/rows.js";
import { collectTargets, listsLabels, Refusal, type TargetCollector } from "../../data/tables/targets.js";
import { missingNotes, type NamedTargets } from "../../data/tables/missing-names.js";
import { doubtfulNames } from "../../data/classes/doubtful-names.js";
import { outputsAreColumns } from "../../data/classes/terms.js";
import { UserError } from "../../files/errors.js";
import { concurrently } from "../../data/concurrently.js";
import { imageName, imageNames } from "../../files/image-names.js";
import { inTermsOf, type ImageSource } from "../image-source.js";
import { chooseLabels, saidOf } from "./label-columns.js";
import type { LabelRow, LabelTable } from "./label-table.js";

export interface LabelOptions {
  task: ObjectiveName;
  /** The columns with the targets. Default: guessed (`chooseLabels`). */
  columns?: readonly string[];
  /** The column of the class, the number, or the list of labels. */
  label?: string;
  /** Columns that are taken where the file has them, as a trained model's outputs. */
  preferred?: readonly string[];
  /** A column that says groups, and is not to be predicted. */
  group?: string;
  /** The training images: their columns are read, and targets are given in terms of their outputs. */
  like?: ImageSource;
  /** Classes that are needed: to learn two, to be scored one. */
  fewest?: number;
  /** Of a file for several sets, whose images lie in a folder each: which rows are read. */
  role?: Role;
  /** Of columns of class numbers: what each number stands for, beside what the file says. */
  classNames?: ReadonlyMap<string, readonly string[]>;
}

/** A file of labels, and how the images that it names are found. */
export interface LabelledPlace {
  /** The folder that its paths are relative to. */
  readonly root: string;
  /** The file, and what people call it. */
  readonly labels: string;
  readonly called: string;
  find: FindImage;
}

/**
 * Looks for an image by a path that stays inside the folder.
 * @returns its path as its file system has it, or undefined where there is none; `outside`: it is a link that leads out of the folder
 */
export type FindImage = (path: string) => Promise<{ readonly path: string; readonly outside: boolean } | undefined>;

type Refuse = (row: LabelRow, reason: string) => void;

/**
 * Takes images and their targets from a table of labels; paths in it are relative to the folder and stay inside it. Rows that
 * cannot be used are left out and listed.
 *
 * Classes are the column's values as text. Several labels are one column each (1 or 0, true or false, yes or no), or one
 * column that lists those that apply, separated by `|` or `;` or as a JSON array. A label or number that is empty, or
 * `NaN`, `NA` or `null`, is not known.
 * @throws {UserError} if the table lacks a column, has no usable row, or a class that `like` lacks
 */
export async function labelledImages(
  { root, labels, called, find }: LabelledPlace,
  whole: LabelTable,
  { task, columns, label, preferred, group, like, fewest = 2, role, classNames: given = new Map() }: LabelOptions,
): Promise<ImageSource> {
  const table = { ...whole, columns: whole.columns.filter((name) => name !== group || columns?.includes(name)) };
  const rows = role === undefined ? table.rows : table.rows.filter(({ file }) => roleOfRow(file) === role);
  const refused = [...table.refused];
  const refuse: Refuse = ({ row, line }, reason) =>
    void refused.push(line === undefined ? { row, reason } : { row, line, reason });
  if (table.columns.length === 0)
    throw new UserError(`${labels} has no column besides '${table.fileColumn}'; add one with what is to be predicted`);
  const chosen = chooseLabels(
    { where: labels, columns: table.columns, head: rows.slice(0, rowsOfHead) },
    { task, ...(label === undefined ? {} : { label }), labels: columns ?? [], preferred: preferred ?? [] },
    like?.columns,
  );
  const images = await imagesOf({ rows, fileColumn: table.fileColumn }, find, refuse);
  const lists = task === "multi-label" && (await listLabels([...images.keys()], chosen.columns, like));
  const classNames = new Map([...(table.classNames ?? []), ...given]);
  const found = targetsOf(images, collectTargets({ task, columns: chosen.columns, lists, classNames }), refuse);
  refused.sort((a, b) => a.row - b.row);
  const source: ImageSource = {
    root,
    labels,
    task,
    columns: chosen.columns,
    ...found,
    refused,
    notes: [...(table.notes ?? [])],
    said: saidOf(called, `column ${named(table.fileColumn)}`, task, chosen),
  };
  if (source.files.length === 0) {
    throw new UserError(`${labels}: ${useless(refused, chosen.columns, table.columns)}`);
  }
  if (like) return inTermsOf(like, source);
  source.notes.push(...doubtfulNames(task, source.outputs, labels));
  if (!outputsAreColumns(source))
    source.notes.push(...missingNotes(missingAmong(source), task, { where: labels, sample: "image" }));
  if (task === "classification" && source.outputs.length < fewest)
    throw onlyOneClass({ where: labels, sample: "image", ...source });
  return source;
}

function missingAmong({ outputs, files }: ImageSource): NamedTargets {
  return { outputs, targets: files.map(({ target }) => target), nameOf: (i) => files[i]!.path };
}

/** Why a file has no usable row, and what to do. */
function useless([first]: readonly RefusedRow[], chosen: readonly string[], columns: readonly string[]): string {
  if (!first) return "it has no rows; add one for each image";
  const others = columns.filter((name) => !chosen.includes(name));
  const remedy =
    others.length > 0 ? `, or name other columns than ${listed(chosen)} with --columns, such as ${listed(others)}` : "";
  return `no row can be used (row ${first.row}: ${first.reason}); mend it${remedy}`;
}

/** The rows whose images are there, and their paths. */
export async function imagesOf(
  { rows, fileColumn }: Pick<LabelTable, "rows" | "fileColumn">,
  find: FindImage,
  refuse: Refuse,
): Promise<Map<LabelRow, string>> {
  const paths = rows.map(({ file }) => plainPath(file));
  const found: Awaited<ReturnType<FindImage>>[] = [];
  await concurrently(paths, 32, async (path, i) => {
    if (imageName.test(path) && !leaves(path)) found[i] = await find(path);
  });
  const images = new Map<LabelRow, string>();
  const rowOf = new Map<string, number>();
  for (const [i, row] of rows.entries()) {
    const { path, outside } = found[i] ?? {};
    if (row.file === "") refuse(row, `'${fileColumn}' is empty`);
    else if (leaves(paths[i]!)) refuse(row, `'${row.file}' is not inside the folder`);
    else if (!imageName.test(paths[i]!)) refuse(row, `'${row.file}' is no image (${imageNames})`);
    else if (path === undefined) refuse(row, `there is no file '${row.file}'`);
    else if (outside) refuse(row, `'${row.file}' is a link that leads out of the folder`);
    else if (rowOf.has(path)) refuse(row, `'${row.file}' is in row ${rowOf.get(path)} already`);
    else {
      rowOf.set(path, row.row);
      images.set(row, path);
    }
  }
  return images;
}

/** Which set a row is of, where the first folder of its image's path is called as one. */
export function roleOfRow(file: string): Role | undefined {
  const path = plainPath(file);
  return !leaves(path) && path.includes("/") ? roleOf(path.slice(0, path.indexOf("/"))) : undefined;
}

/** Whether the one column lists labels, rather than being one. */
async function listLabels(
  rows: readonly LabelRow[],
  columns: readonly string[],
  like: ImageSource | undefined,
): Promise<boolean> {
  const [only, ...others] = columns as [string];
  if (others.length > 0) return false;
  return like && like.labels !== null ? !outputsAreColumns(like) : listsLabels(rows, only);
}

/** What each row says of its image; a row that cannot be understood is refused. */
function targetsOf(
  images: ReadonlyMap<LabelRow, string>,
  collector: TargetCollector,
  refuse: Refuse,
): Pick<ImageSource, "outputs" | "files"> {
  const paths: string[] = [];
  for (const [row, path] of images)
    try {
      collector.add(row.cells);
      paths.push(path);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(row, error.message);
    }
  const { outputs, targets } = collector.end();
  return { outputs, files: paths.map((path, i) => ({ path, target: targets[i]! })) };
}
