import type { Targets } from "@taskhead/core";
import { asTargets, type Groups, type ObjectiveName, type Target } from "@taskhead/core/internals";
import type { Splittable } from "../data/splits/require-validation.js";
import type { RefusedRow } from "../data/tables/rows.js";
import type { Terms } from "../data/classes/terms.js";
import { toldRows } from "../data/tables/told-rows.js";
import { shown } from "../files/shown.js";
import type { Graph } from "./graph.js";

/** A row of a file, and what is to be predicted of it. */
export interface Row<Sample> {
  readonly sample: Sample;
  /** As `RowPlace` counts it. */
  readonly row: number;
  /** Of which group it is; absent where it names none. */
  readonly group?: string;
  target: Target;
}

/** Samples of a file, and what is to be predicted of each. @typeParam Sample SMILES, or a graph */
export interface GraphSource<Sample extends string | Graph = string | Graph> {
  /** As it was asked for. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  /** What a sample is called: `molecule`. */
  readonly noun: string;
  /** The column that a molecule is in; the empty string of graphs, which take several. */
  readonly column: string;
  /** Those of the targets. */
  readonly columns: readonly string[];
  /** That of groups; absent where none was read. */
  readonly group?: string;
  readonly task: ObjectiveName;
  /** The classes, sorted; the labels; or the names of the numbers. */
  readonly outputs: readonly string[];
  /** In the file's order. */
  readonly rows: readonly Row<Sample>[];
  /** Rows that cannot be used. */
  readonly refused: readonly RefusedRow[];
  /** What looks like a mistake, a line each. */
  readonly notes: readonly string[];
  /** What was read from where: a sentence for people, with the options that would change it. */
  readonly said: string;
}

/** The targets of some of a source's rows, in their order. */
export function targetsOf({ task, outputs }: GraphSource, rows: readonly Pick<Row<unknown>, "target">[]): Targets {
  return asTargets(
    task,
    rows.map(({ target }) => target),
    outputs.length,
  );
}

/** What a source calls that which is to be predicted. */
export function termsOf({ file, columns, task, outputs }: GraphSource): Terms {
  return { task, where: shown(file), columns, folders: false, outputs };
}

/** For `requireSplittableTargets` and `requireValidationTargets`. */
export function splittable(source: GraphSource): Splittable {
  const { group, noun, refused } = source;
  return { ...termsOf(source), sample: noun, refused, ...(group === undefined ? {} : { group }) };
}

/** Of some rows; undefined where no column of groups was read. */
export function groupsOf({ group }: GraphSource, rows: readonly Row<unknown>[]): Groups | undefined {
  return group === undefined ? undefined : rows.map((row) => row.group);
}

/** What people call a row: `train.csv:17`. */
export function nameOfRow({ file }: Pick<GraphSource, "file">, { row }: Pick<Row<unknown>, "row">): string {
  return `${shown(file)}:${row}`;
}

/** Which rows are of no use, and why; a line each, of many the first. */
export function refusedRows({ file, refused }: Pick<GraphSource, "file" | "refused">): string[] {
  return toldRows(shown(file), refused);
}
