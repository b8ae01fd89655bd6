import type { ObjectiveName, Target } from "@taskhead/core/internals";
import { named } from "../listed.js";
import type { Cell, Cells, Row } from "./rows.js";

/** Why a row cannot be used. */
export class Refusal extends Error {}

/** Which columns hold what is to be predicted, and how. */
export interface TargetColumns {
  task: ObjectiveName;
  columns: readonly string[];
  /** Whether the one column lists labels, rather than being one. */
  lists: boolean;
  /** Of columns of class numbers: what each number stands for. */
  classNames?: ReadonlyMap<string, readonly string[]>;
}

export interface FoundTargets {
  /** The classes or listed labels, sorted; or the columns. */
  outputs: string[];
  /** Of each row that was added, in their order. */
  targets: Target[];
}

/** Takes targets row by row, and knows at the end what they come to. */
export interface TargetCollector {
  /** @throws {Refusal} if the row does not say what it should; it is not added then */
  add(cells: Cells): void;
  end(): FoundTargets;
}

/**
 * Classes are the column's values as text. Several labels are one column each (1 or 0, true or false, yes or no), or one
 * column that lists those that apply, separated by `|` or `;` or as a list in JSON or Parquet. A label or number that is
 * empty, or `NaN`, `NA` or `null`, is not known.
 */
export function collectTargets({ task, columns, lists, classNames = new Map() }: TargetColumns): TargetCollector {
  const [only] = columns as [string];
  if (task === "classification") return classes(only, classNames.get(only));
  return task === "multi-label" && lists ? labelLists(only, classNames.get(only)) : numbers(task, columns);
}

/** Whether rows list labels in a column, rather than saying yes or no. */
export async function listsLabels(rows: AsyncIterable<Row> | Iterable<Row>, column: string): Promise<boolean> {
  let words = false;
  let answers = false;
  for await (const { cells } of rows) {
    const cell = cells.get(column);
    if (isList(cell)) return true;
    if (typeof cell !== "string") continue;
    const value = labelOf(cell.trim());
    words ||= value === undefined;
    answers ||= value === 0 || value === 1;
  }
  // A single word among ones and zeros is a mistake, not a list of one.
  return words && !answers;
}

/** Whether a cell can be nothing but a list of labels. */
export function isList(cell: Cell | undefined): boolean {
  return Array.isArray(cell) || (typeof cell === "string" && separator.test(cell));
}

/** Between the labels of a list. */
const separator = /[|;]/;

function classes(column: string, names: readonly string[] | undefined): TargetCollector {
  const seen = numbered();
  const all: number[] = [];
  return {
    add: (cells) => void all.push(seen.numberOf(className(textIn(cells, column), column, names))),
    end() {
      const { outputs, places } = seen.sorted();
      return { outputs, targets: all.map((number) => places[number]!) };
    },
  };
}

function labelLists(column: string, names: readonly string[] | undefined): TargetCollector {
  const seen = numbered();
  const all: number[][] = [];
  return {
    add(cells) {
      const labels = listIn(cells, column).map((label) => className(label, column, names));
      all.push(labels.map((label) => seen.numberOf(label)));
    },
    end() {
      const { outputs, places } = seen.sorted();
      const targets = all.map((own) => {
        const target = outputs.map(() => 0);
        for (const number of own) target[places[number]!] = 1;
        return target;
      });
      return { outputs, targets };
    },
  };
}

function numbers(task: ObjectiveName, columns: readonly string[]): TargetCollector {
  const all: number[][] = [];
  return {
    add: (cells) => void all.push(columns.map((column) => numberIn(cells, column, task))),
    end: () => ({ outputs: [...columns], targets: all }),
  };
}

/** Names by number, in the order in which they come: a row then keeps no text. */
function numbered(): {
  numberOf(name: string): number;
  /** By code unit, as class folders are sorted, and the place there of each number. */
  sorted(): { outputs: string[]; places: number[] };
} {
  const numbers = new Map<string, number>();
  return {
    numberOf(name) {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, numbers.size);
      return numbers.size - 1;
    },
    sorted() {
      const outputs = [...numbers.keys()].sort();
      const places: number[] = [];
      outputs.forEach((name, place) => (places[numbers.get(name)!] = place));
      return { outputs, places };
    },
  };
}

/** @param names of classes that are kept as numbers */
function className(text: string, column: string, names: readonly string[] | undefined): string {
  if (text === "") throw new Refusal(`${named(column)} is empty`);
  if (names && /^-?\d+$/.test(text)) {
    // What `datasets` writes for a sample whose class is kept back.
    if (text === "-1") throw new Refusal(`${named(column)} is -1, which stands for no class`);
    const name = names[Number(text)];
    if (name === undefined)
      throw new Refusal(`${named(column)} is ${text}, but there are names for ${names.length} classes`);
    return name.normalize("NFC");
  }
  return text.normalize("NFC");
}

function listIn(cells: Cells, column: string): string[] {
  const cell = cells.get(column);
  if (cell === null) throw new Refusal(`${named(column)} is no list of labels`);
  return labelsIn(cell ?? []);
}

/** The labels of a list, none of them empty. */
export function labelsIn(cell: string | readonly string[]): string[] {
  const labels = typeof cell === "string" ? cell.split(separator) : cell;
  return labels.map((label) => label.trim()).filter((label) => label !== "");
}

function numberIn(cells: Cells, column: string, task: ObjectiveName): number {
  const text = textIn(cells, column);
  const value = task === "regression" ? numberOf(text) : labelOf(text);
  if (value !== undefined) return value;
  const wrong = task === "regression" ? whyNoNumber(text) : "neither 1 nor 0 (or true, false, yes, no)";
  throw new Refusal(`${named(column)} is ${named(text)}, ${wrong}`);
}

function whyNoNumber(text: string): string {
  if (decimal(text) !== undefined) return "a number larger than float32 holds";
  return /^[+-]?\d*,\d+$/.test(text) ? "not a number (decimals take a point, not a comma)" : "not a number";
}

const unknown = /^(nan|na|null)?$/i;
const labelValues = new Map([
  ["true", 1],
  ["yes", 1],
  ["false", 0],
  ["no", 0],
]);

/** 1 or 0, NaN for what is not known, undefined for what is neither. @param text without spaces around it */
export function labelOf(text: string): number | undefined {
  if (unknown.test(text)) return NaN;
  const number = decimal(text);
  return number === 1 || number === 0 ? number : labelValues.get(text.toLowerCase());
}

/** NaN for what is not known, undefined for what is no number. @param text without spaces around it */
export function numberOf(text: string): number | undefined {
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
  const cell = cells.get(column);
  if (cell === undefined) return "";
  if (typeof cell === "string") return cell.trim();
  throw new Refusal(`${named(column)} is ${cell === null ? "neither text nor a number" : "a list"}`);
}
