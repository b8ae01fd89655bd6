import type { ObjectiveName } from "@taskhead/core/internals";
import { listed, named } from "../../data/listed.js";
import {
  most,
  namedTargets,
  remainingTargets,
  requireColumns,
  things,
  usualTargets,
  type AskedTargets,
  type Choice,
} from "../../data/tables/target-columns.js";
import { labelOf, numberOf } from "../../data/tables/targets.js";

/** Which columns of a file of labels are to be predicted. */
export interface ChosenLabels {
  columns: string[];
  /** Whether any was guessed. */
  guessed: boolean;
}

/**
 * Chooses the columns of what is to be predicted of images: those that are asked for, those of the training images, or the only
 * one; else as of any table, by usual names. Several labels or numbers are all columns that hold such, as nothing else is
 * beside an image.
 * @param choice without the column of the images' names
 * @param like the columns of the training images
 * @throws {UserError} if a column is lacking, or several could be meant
 */
export function chooseLabels(
  table: Omit<Choice, "sample">,
  asked: AskedTargets,
  like: readonly string[] = [],
): ChosenLabels {
  const choice: Choice = { ...table, sample: "image" };
  const { columns } = choice;
  const own = namedTargets(choice, asked);
  if (own) return { columns: own, guessed: false };
  if (like.length > 0) {
    requireColumns(choice, like, "--columns");
    return { columns: [...like], guessed: false };
  }
  if (columns.length === 1) return { columns: [...columns], guessed: false };
  return { columns: guessed(choice, asked), guessed: true };
}

function guessed(choice: Choice, asked: AskedTargets): string[] {
  const { columns, head } = choice;
  const { task, preferred = [] } = asked;
  const known = preferred.filter((name) => columns.includes(name));
  if (known.length > 0) return known;
  if (task === "classification") return usualTargets(choice, asked) ?? remainingTargets(choice, [], task);
  // What nobody knows is a label or number all the same.
  const valueOf = task === "regression" ? numberOf : labelOf;
  const isList = (name: string): boolean => head.some(({ cells }) => Array.isArray(cells.get(name)));
  const each = columns.filter((name) => !isList(name) && !most(head, name, (cell) => valueOf(cell) === undefined));
  const others = columns.filter((name) => !each.includes(name));
  const lists = others.some(isList) ? others.filter(isList) : others;
  const listing = task === "multi-label" ? usualTargets({ ...choice, columns: lists }, asked) : undefined;
  return listing ?? (each.length > 0 ? each : remainingTargets(choice, [], task));
}

/** "reads images from column 'file_name' and classes from column 'label' of photos/metadata.csv" */
export function saidOf(where: string, images: string, task: ObjectiveName, { columns, guessed }: ChosenLabels): string {
  const option = task === "multi-label" || columns.length > 1 ? "--columns" : "--label";
  const hint = guessed ? ` (others are named with ${option})` : "";
  return `reads images from ${images} and ${things[task]} from ${columns.length === 1 ? `column ${named(columns[0]!)}` : `columns ${listed(columns)}`} of ${where}${hint}`;
}
