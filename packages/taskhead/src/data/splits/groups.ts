import type { Groups, Split } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { count, plain, plural } from "../../words/format.js";
import { listed, named } from "../listed.js";
import type { Cells } from "../tables/rows.js";
import { Refusal } from "../tables/targets.js";

/** A table in which a column says groups of samples, such as patients or authors, that stay on one side of a split. */
export interface GroupedTable {
  /** The table, as people call it. */
  readonly where: string;
  readonly columns: readonly string[];
  /** Those that were asked for as something else. */
  readonly taken: readonly (string | undefined)[];
}

/**
 * The column of groups, where it is there. Sets beside the training samples may lack it.
 * @param asked undefined where no groups are asked for
 * @throws {UserError} if the training samples lack it, or it is something else already
 */
export function groupColumn(
  { where, columns, taken }: GroupedTable,
  asked: string | undefined,
  training: boolean,
): string | undefined {
  if (asked === undefined) return undefined;
  if (taken.includes(asked))
    throw new UserError(
      `column ${named(asked)} of ${where} cannot be both the group and a part of the sample or what is predicted of it; name another with --group`,
    );
  if (columns.includes(asked)) return asked;
  if (!training) return undefined;
  const has = columns.length === 0 ? "none" : listed(columns);
  throw new UserError(`${where} has no column ${named(asked)} (it has ${has}); add it, or name another with --group`);
}

/** What a cell says, without spaces around it; undefined where it is blank. @throws {Refusal} if it is no text */
export function groupIn(cells: Cells, column: string | undefined): { group?: string } {
  if (column === undefined) return {};
  const cell = cells.get(column);
  if (cell === null || (cell !== undefined && typeof cell !== "string"))
    throw new Refusal(`${named(column)} is no text, as the name of a group is`);
  const group = cell?.trim() ?? "";
  return group === "" ? {} : { group };
}

/** What is to be known of a set's groups, a line each. @param column undefined where the set has none */
export function groupNotes(
  { where, sample }: { where: string; sample: string },
  asked: string | undefined,
  { column, groups }: { column: string | undefined; groups: Groups },
): string[] {
  if (asked === undefined) return [];
  if (column === undefined)
    return [`${where} has no column ${named(asked)}: whether its groups were trained on cannot be told`];
  const blank = groups.filter((group) => group === undefined).length;
  if (blank === 0) return [];
  return [
    plain(
      `${blank} of ${plural(groups.length, sample)} in ${where} name no ${named(column)}: each is a group of its own`,
    ),
  ];
}

/** "keeps samples of one 'patient' together: 40 to train on with 320 images, 10 others to validate on with 80" */
export function splitSentence(
  column: string,
  groups: Groups,
  { train, validation }: { readonly [Side in keyof Split]: readonly number[] },
  sample: string,
): string {
  const different = (own: readonly number[]): number => new Set(own.map((i) => groups[i] ?? i)).size;
  const others = different(validation);
  return plain(
    `keeps ${sample}s of one ${named(column)} together: ${count(different(train))} to train on with ${plural(train.length, sample)}, ${plural(others, "other")} to validate on with ${count(validation.length)}`,
  );
}
