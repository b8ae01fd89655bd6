import { stat } from "node:fs/promises";
import { join, posix } from "node:path";
import type { ObjectiveName } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { concurrently } from "./concurrently.js";
import { imageName, imageNames } from "./formats.js";
import { alikeNotes, inTermsOf, outputsAreColumns, type ImageFile, type ImageSource } from "./image-source.js";
import { listed, readLabelFile, type Cell, type LabelRow, type LabelTable, type RefusedRow } from "./label-file.js";

export interface LabelOptions {
  task: ObjectiveName;
  /** The columns with the targets. Default: all but the one with the images' names; of classes `label`, or the only one. */
  columns?: readonly string[];
  /** The training images: their columns are read, and targets are given in terms of their outputs. */
  like?: ImageSource;
  /** Classes that are needed: to learn two, to be scored one. */
  fewest?: number;
}

type Cells = LabelRow["cells"];

/** An image, and what its row says of it. */
interface Said<T> {
  path: string;
  value: T;
}

type Refuse = (row: LabelRow, reason: string) => void;

/** Why a row cannot be used. */
class Refusal extends Error {}

/**
 * Takes images and their targets from a file of labels; paths in it are relative to `root` and stay inside it. Rows that
 * cannot be used are left out and listed.
 *
 * Classes are the column's values as text. Several labels are one column each (1 or 0, true or false, yes or no), or one
 * column that lists those that apply, separated by `|` or `;` or as a JSON array. A label or number that is empty, or
 * `NaN`, `NA` or `null`, is not known.
 * @throws {UserError} if the file cannot be read, lacks a column, has no usable row, or a class that `like` lacks
 */
export async function scanLabelFile(
  root: string,
  labels: string,
  { task, columns, like, fewest = 2 }: LabelOptions,
): Promise<ImageSource> {
  const table = await readLabelFile(labels);
  const refused = [...table.refused];
  const refuse: Refuse = ({ row }, reason) => void refused.push({ row, reason });
  const chosen = targetColumns(labels, table, task, columns?.length ? columns : like?.columns);
  const images = await imagesOf(root, table, refuse);
  const rows = [...images.keys()];
  const [only] = chosen as [string];
  const found =
    task === "classification"
      ? classes(said(images, (cells) => className(cells, only), refuse))
      : task === "multi-label" && listsLabels(rows, chosen, like)
        ? lists(said(images, (cells) => labelList(cells, only), refuse))
        : numbers(
            chosen,
            said(images, (cells) => chosen.map((column) => numberIn(cells, column, task)), refuse),
          );
  refused.sort((a, b) => a.row - b.row);
  const source: ImageSource = { root, labels, task, columns: chosen, ...found, refused, notes: [] };
  if (source.files.length === 0) {
    throw new UserError(`${labels}: ${useless(refused, chosen, table.columns)}`);
  }
  if (like) return inTermsOf(like, source);
  if (task !== "regression")
    source.notes.push(...alikeNotes(source.outputs, task === "classification" ? "classes" : "labels", labels));
  if (task === "classification" && source.outputs.length < fewest)
    throw new UserError(`${labels} has only one class, '${source.outputs[0]}'; give images of at least two`);
  return source;
}

/** Why a file has no usable row, and what to do. */
function useless([first]: readonly RefusedRow[], chosen: readonly string[], columns: readonly string[]): string {
  if (!first) return "it has no rows; add one for each image";
  const others = columns.filter((name) => !chosen.includes(name));
  const remedy =
    others.length > 0 ? `, or name other columns than ${listed(chosen)} with --columns, such as ${listed(others)}` : "";
  return `no row can be used (row ${first.row}: ${first.reason}); mend it${remedy}`;
}

/** @param asked the columns to read; if undefined, the task's choice */
function targetColumns(
  labels: string,
  { columns, fileColumn }: LabelTable,
  task: ObjectiveName,
  asked: readonly string[] | undefined,
): string[] {
  if (columns.length === 0)
    throw new UserError(`${labels} has no column besides '${fileColumn}'; add one with what is to be predicted`);
  const missing = asked?.find((name) => !columns.includes(name));
  if (missing !== undefined)
    throw new UserError(
      `${labels} has no column '${missing}' (it has ${listed(columns)}); add it, or name others with --columns`,
    );
  const chosen = asked?.length ? [...new Set(asked)] : columns;
  if (task !== "classification" || chosen.length === 1) return chosen;
  const label = asked?.length ? undefined : columns.find((name) => name.toLowerCase() === "label");
  if (label !== undefined) return [label];
  throw new UserError(
    `${labels} has several columns (${listed(chosen)}), but an image has one class; name its column with --columns`,
  );
}

/** The rows whose images are there, and their paths. */
async function imagesOf(
  root: string,
  { rows, fileColumn }: LabelTable,
  refuse: Refuse,
): Promise<Map<LabelRow, string>> {
  const paths = rows.map(({ file }) => plainPath(file));
  const there: boolean[] = [];
  const look = async (path: string, i: number): Promise<void> => {
    if (!path || !imageName.test(path)) return;
    // A file system may have kept a name in another Unicode form than the file of labels.
    for (const form of new Set([path, path.normalize("NFC"), path.normalize("NFD")])) {
      const info = await stat(join(root, form)).catch(() => undefined);
      if (!info?.isFile()) continue;
      [paths[i], there[i]] = [form, true];
      return;
    }
  };
  await concurrently(paths, 32, look);
  const images = new Map<LabelRow, string>();
  const rowOf = new Map<string, number>();
  for (const [i, row] of rows.entries()) {
    const path = paths[i]!;
    if (row.file === "") refuse(row, `'${fileColumn}' is empty`);
    else if (path === "") refuse(row, `'${row.file}' is not inside the folder`);
    else if (!imageName.test(path)) refuse(row, `'${row.file}' is no image (${imageNames})`);
    else if (!there[i]) refuse(row, `there is no file '${row.file}'`);
    else if (rowOf.has(path)) refuse(row, `'${row.file}' is in row ${rowOf.get(path)} already`);
    else {
      rowOf.set(path, row.row);
      images.set(row, path);
    }
  }
  return images;
}

/** With `/`, without `.` and `..`; empty for a path that leaves the folder. */
function plainPath(file: string): string {
  const path = posix.normalize(file.replaceAll("\\", "/"));
  return /^(\/|\.\.(\/|$)|[a-z]:)/i.test(path) ? "" : path;
}

/** What each row says of its image; a row that cannot be understood is refused. */
function said<T>(images: ReadonlyMap<LabelRow, string>, parse: (cells: Cells) => T, refuse: Refuse): Said<T>[] {
  const all: Said<T>[] = [];
  for (const [row, path] of images)
    try {
      all.push({ path, value: parse(row.cells) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(row, error.message);
    }
  return all;
}

type Found = Pick<ImageSource, "outputs" | "files">;

function classes(all: readonly Said<string>[]): Found {
  const outputs = distinct(all.map(({ value }) => value));
  const index = new Map(outputs.map((name, i) => [name, i]));
  return { outputs, files: all.map(({ path, value }) => ({ path, target: index.get(value)! })) };
}

function lists(all: readonly Said<readonly string[]>[]): Found {
  const outputs = distinct(all.flatMap(({ value }) => value));
  const file = ({ path, value }: Said<readonly string[]>): ImageFile => {
    const applying = new Set(value);
    return { path, target: outputs.map((name) => (applying.has(name) ? 1 : 0)) };
  };
  return { outputs, files: all.map(file) };
}

function numbers(columns: readonly string[], all: readonly Said<number[]>[]): Found {
  return { outputs: [...columns], files: all.map(({ path, value }) => ({ path, target: value })) };
}

/** By code unit, as class folders are sorted. */
function distinct(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

/** Between the labels of a list. */
const separator = /[|;]/;

/** Whether the one column lists labels, rather than being one. */
function listsLabels(rows: readonly LabelRow[], columns: readonly string[], like: ImageSource | undefined): boolean {
  const [only, ...others] = columns as [string];
  if (others.length > 0) return false;
  if (like && like.labels !== null) return !outputsAreColumns(like);
  const cells = rows.map((row) => row.cells.get(only));
  const texts = cells.filter((cell) => typeof cell === "string");
  if (cells.some(Array.isArray) || texts.some((text) => separator.test(text))) return true;
  // A single word among ones and zeros is a mistake, not a list of one.
  const values = texts.map(labelOf);
  return values.includes(undefined) && !values.includes(1) && !values.includes(0);
}

function className(cells: Cells, column: string): string {
  const name = textIn(cells, column);
  if (name === "") throw new Refusal(`'${column}' is empty`);
  return name.normalize("NFC");
}

function labelList(cells: Cells, column: string): string[] {
  const cell = cells.get(column);
  if (cell === null) throw new Refusal(`'${column}' is no list of labels`);
  const labels = typeof cell === "string" ? cell.split(separator) : (cell ?? []);
  return labels.map((label) => label.trim().normalize("NFC")).filter((label) => label !== "");
}

function numberIn(cells: Cells, column: string, task: ObjectiveName): number {
  const text = textIn(cells, column);
  const value = task === "regression" ? numberOf(text) : labelOf(text);
  if (value !== undefined) return value;
  const wanted = task === "regression" ? "not a number" : "neither 1 nor 0 (or true, false, yes, no)";
  throw new Refusal(`'${column}' is '${text}', ${wanted}`);
}

const unknown = /^(nan|na|null)?$/i;
const labelValues = new Map([
  ["true", 1],
  ["yes", 1],
  ["false", 0],
  ["no", 0],
]);

function labelOf(text: string): number | undefined {
  if (unknown.test(text)) return NaN;
  const number = decimal(text);
  return number === 1 || number === 0 ? number : labelValues.get(text.toLowerCase());
}

function numberOf(text: string): number | undefined {
  if (unknown.test(text)) return NaN;
  const number = decimal(text);
  // What float32 cannot hold would be infinite.
  return number !== undefined && Number.isFinite(Math.fround(number)) ? number : undefined;
}

/** A number as tables have it. Of `0x10`, which JavaScript reads as one, nobody says that it is meant as 16. */
function decimal(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function textIn(cells: Cells, column: string): string {
  const cell: Cell | undefined = cells.get(column);
  if (cell === undefined) return "";
  if (typeof cell === "string") return cell;
  throw new Refusal(`'${column}' is ${cell === null ? "neither text nor a number" : "a list"}`);
}
