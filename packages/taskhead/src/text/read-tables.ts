import { things } from "../data/tables/target-columns.js";
import { groupColumn, groupIn, groupNotes } from "../data/splits/groups.js";
import { headOf, readLabelledRows, type Tables } from "../data/tables/labelled-rows.js";
import { named } from "../data/listed.js";
import type { Cells, Row, Table } from "../data/tables/rows.js";
import { missingNotes } from "../data/tables/missing-names.js";
import { doubtfulNames } from "../data/classes/doubtful-names.js";
import { outputsAreColumns, type Terms } from "../data/classes/terms.js";
import { UserError } from "../files/errors.js";
import { seemsTagged } from "./tagged/tag-columns.js";
import { chooseColumns, type AskedColumns, type ChosenColumns } from "./text-columns.js";
import { textOfRow } from "./text-of-row.js";
import type { TableTexts, TextSample } from "./text-source.js";

/** Training texts that others are to be like: their columns are read. */
export interface LikeTexts {
  readonly text: string[];
  readonly terms: Terms;
}

/**
 * Takes texts and their targets from tables. Rows that cannot be used are left out and listed.
 * @param like the training texts, where they are from a table too
 * @param training whether no others were read before: what looks like a mistake in their names is said once
 * @throws {UserError} if a file cannot be read, lacks a column, or no row can be used
 */
export async function readTables(
  { where, tables, classNames }: Tables,
  asked: AskedColumns,
  { like, training = true }: { like?: LikeTexts; training?: boolean } = {},
): Promise<TableTexts> {
  const { task } = asked;
  const [first] = tables as [Table];
  const taken = [...(asked.text ?? []), asked.label, ...(asked.labels ?? [])];
  const group = groupColumn({ where, columns: first.columns, taken }, asked.group, training);
  const columns = first.columns.filter((name) => name !== group);
  const chosen = like
    ? { text: like.text, targets: [...like.terms.columns], guessed: false }
    : chooseColumns({ where, columns, head: await untagged(where, first, asked) }, asked);
  const { samples, outputs, targets, refused, notes } = await readLabelledRows(
    { where, tables, classNames },
    {
      task,
      samples: group === undefined ? chosen.text : [...chosen.text, group],
      targets: chosen.targets,
      ...(like ? { like: like.terms } : {}),
      sampleOf: sampleOf(chosen.text, group),
    },
  );
  samples.forEach((sample, i) => (sample.target = targets[i]!));
  if (training) notes.push(...doubtfulNames(task, outputs, where));
  if (training && !outputsAreColumns({ columns: chosen.targets, outputs })) {
    const nameOf = (i: number): string => `${tables[samples[i]!.file]!.path}:${samples[i]!.row}`;
    notes.push(...missingNotes({ outputs, targets, nameOf }, task, { where, sample: "text" }));
  }
  const groups = samples.map((sample) => sample.group);
  notes.push(...groupNotes({ where, sample: "text" }, asked.group, { column: group, groups }));
  return {
    text: chosen.text,
    columns: chosen.targets,
    ...(group === undefined ? {} : { group }),
    task,
    outputs,
    samples,
    refused,
    notes,
    said: said(where, task, chosen),
  };
}

/** @returns the table's first rows @throws {UserError} if they hold words and their tags: that is another task */
async function untagged(where: string, table: Table, { text }: AskedColumns): Promise<Row[]> {
  const head = await headOf(table);
  const found = text ? undefined : seemsTagged(head, table.columns);
  if (!found) return head;
  throw new UserError(
    `${where} has lists of words and of their tags (columns ${found.map(named).join(" and ")}); give --task token-classification, or name other columns with --text and --label`,
  );
}

/** The texts of a row; their target comes when all rows are read. */
function sampleOf(
  [one, other]: readonly string[],
  group: string | undefined,
): (cells: Cells, file: number, row: number) => TextSample {
  return (cells, file, row) => {
    const text = textOfRow(cells, one!);
    const own = { file, row, target: 0, ...groupIn(cells, group) };
    return other === undefined ? { text, ...own } : { text, pair: textOfRow(cells, other), ...own };
  };
}

/** "reads texts from column 'text' and classes from column 'label' of reviews.csv" */
function said(where: string, task: AskedColumns["task"], { text, targets, guessed }: ChosenColumns): string {
  const texts = text.length > 1 ? "pairs of texts" : "texts";
  const option = task === "multi-label" || targets.length > 1 ? "--columns" : "--label";
  const hint = guessed ? ` (others are named with --text and ${option})` : "";
  return `reads ${texts} from ${columns(text)} and ${things[task]} from ${columns(targets)} of ${where}${hint}`;
}

/** "columns 'a', 'b' and 'c'" */
function columns(names: readonly string[]): string {
  if (names.length === 1) return `column ${named(names[0]!)}`;
  if (names.length > 6) return `${names.length} columns (${names.slice(0, 6).map(named).join(", ")}, …)`;
  return `columns ${names.slice(0, -1).map(named).join(", ")} and ${named(names.at(-1)!)}`;
}
