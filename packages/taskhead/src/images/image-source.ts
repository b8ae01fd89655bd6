import { classTargets, numberTargets, type Targets } from "@taskhead/core";
import type { ObjectiveName } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { listed, type RefusedRow } from "./label-file.js";
import type { LeftOut } from "./left-out.js";

/** Images in a folder, and what is to be predicted of each. */
export interface ImageSource {
  /** Absolute. */
  root: string;
  /** The file that the targets are from; null where the folders are the classes. */
  labels: string | null;
  /** The columns of that file that were read. */
  columns: string[];
  task: ObjectiveName;
  /** The classes, sorted; the labels; or the names of the numbers. */
  outputs: string[];
  /** Of class folders sorted by class, then by path; of a file of labels in its order. */
  files: ImageFile[];
  /** Rows of the file of labels that cannot be used. */
  refused: RefusedRow[];
  /** Files of class folders that are not taken for images; absent where there are none. */
  leftOut?: LeftOut[];
  /** What looks like a mistake in how the images are sorted, a line each. */
  notes: string[];
}

export interface ImageFile {
  /** Relative to the root, with `/` on every system. */
  path: string;
  /** An index into the classes; or a number for each output, of labels 1 or 0, NaN for what is not known. */
  target: number | readonly number[];
}

/** The targets of some of a source's files, in their order. */
export function targetsOf({ task, outputs }: ImageSource, files: readonly ImageFile[]): Targets {
  if (task === "classification") return classTargets(files.map((f) => f.target as number));
  return numberTargets(
    files.map((f) => f.target as readonly number[]),
    outputs.length,
  );
}

/**
 * Targets of two sources mean the same only if their outputs are the same.
 * @throws {UserError} naming the classes, labels or columns that one of them lacks
 */
export function checkSameOutputs(train: ImageSource, other: ImageSource): void {
  const missing = train.outputs.filter((name) => !other.outputs.includes(name));
  refuseDifferent(train, other, missing);
}

/**
 * The same images with their targets in terms of other outputs. A file may mention fewer classes or labels, but not lack a
 * column.
 * @throws {UserError} naming the classes, labels or columns that `other` has alone, and columns that it lacks
 */
export function inTermsOf(train: ImageSource, other: ImageSource): ImageSource {
  if (outputsAreColumns(train)) checkSameOutputs(train, other);
  else refuseDifferent(train, other, []);
  const places = other.outputs.map((name) => train.outputs.indexOf(name));
  const files = other.files.map(({ path, target }): ImageFile => {
    if (typeof target === "number") return { path, target: places[target]! };
    const own = train.outputs.map(() => 0);
    target.forEach((value, i) => (own[places[i]!] = value));
    return { path, target: own };
  });
  return { ...other, outputs: train.outputs, files };
}

/** Whether each output is a column, not a value in one. */
export function outputsAreColumns({ columns, outputs }: ImageSource): boolean {
  return columns.length === outputs.length && columns.every((name, i) => name === outputs[i]);
}

/** Names that a reader may take for one: they differ in case, or in spaces. */
export function alikeNotes(names: readonly string[], things: "classes" | "labels", where: string): string[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = name.toLowerCase().replace(/\s+/gu, " ").trim();
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  const alike = [...groups.values()].filter((group) => group.length > 1);
  return alike
    .slice(0, 3)
    .map(
      (group) =>
        `${things} ${listed(group)} in ${where} differ in case or spaces alone: if they are one, give them one name`,
    );
}

function refuseDifferent(train: ImageSource, other: ImageSource, missing: readonly string[]): void {
  const extra = other.outputs.filter((name) => !train.outputs.includes(name));
  if (missing.length + extra.length === 0) return;
  const parts = [missing.length > 0 && `lacks ${listed(missing)}`, extra.length > 0 && `also has ${listed(extra)}`];
  const things = { classification: "classes", "multi-label": "labels", regression: "columns" }[train.task];
  const wanted = other.labels === null ? "class folders" : things;
  throw new UserError(
    `the ${things} of ${other.labels ?? other.root} are not those of ${train.labels ?? train.root}: it ${parts.filter(Boolean).join(" and ")}; both need the same ${wanted}`,
  );
}
