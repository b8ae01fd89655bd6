import { things } from "../data/tables/target-columns.js";
import { groupColumn, groupIn, groupNotes } from "../data/splits/groups.js";
import { headOf, readLabelledRows } from "../data/tables/labelled-rows.js";
import { named } from "../data/listed.js";
import type { Cells, Table } from "../data/tables/rows.js";
import { Refusal } from "../data/tables/targets.js";
import { missingNotes } from "../data/tables/missing-names.js";
import { doubtfulNames } from "../data/classes/doubtful-names.js";
import { outputsAreColumns, type Terms } from "../data/classes/terms.js";
import type { GraphSource, Row } from "./graph-source.js";
import { chooseColumns, type AskedColumns, type ChosenColumns } from "./molecule-columns.js";

/** Molecules as a table has them. */
export type MoleculeSource = GraphSource<string>;

/** What a table says of molecules; where it lies is another's. */
export type TableMolecules = Omit<MoleculeSource, "path" | "file">;

/** Training molecules that others are to be like: their columns are read. */
export interface LikeMolecules {
  readonly column: string;
  readonly terms: Terms;
}

/**
 * Takes SMILES and targets from a table. Rows that cannot be used are left out and listed; whether a SMILES is one is not
 * asked here.
 * @param like the training molecules, whose columns are read
 * @throws {UserError} if the table cannot be read, lacks a column, or no row can be used
 */
export async function readMoleculeTable(
  table: Table,
  asked: AskedColumns,
  like?: LikeMolecules,
): Promise<TableMolecules> {
  const { task } = asked;
  const where = table.path;
  const taken = [asked.smiles, asked.label, ...(asked.labels ?? [])];
  const group = groupColumn({ where, columns: table.columns, taken }, asked.group, !like);
  const others = table.columns.filter((name) => name !== group);
  const chosen = like
    ? { smiles: like.column, targets: like.terms.columns, guessed: false }
    : chooseColumns({ where, columns: others, head: await headOf(table) }, asked);
  const { smiles, targets: columns } = chosen;
  const { samples, outputs, targets, refused, notes } = await readLabelledRows(
    { where, tables: [table] },
    {
      task,
      samples: group === undefined ? [smiles] : [smiles, group],
      targets: columns,
      ...(like ? { like: like.terms } : {}),
      sampleOf: (cells, _, row): Omit<Row<string>, "target"> => ({
        sample: smilesIn(cells, smiles),
        row,
        ...groupIn(cells, group),
      }),
    },
  );
  if (!like) notes.push(...doubtfulNames(task, outputs, where));
  if (!like && !outputsAreColumns({ columns, outputs })) {
    const nameOf = (i: number): string => `${where}:${samples[i]!.row}`;
    notes.push(...missingNotes({ outputs, targets, nameOf }, task, { where, sample: "molecule" }));
  }
  const groups = { column: group, groups: samples.map((sample) => sample.group) };
  notes.push(...groupNotes({ where, sample: "molecule" }, asked.group, groups));
  return {
    noun: "molecule",
    column: smiles,
    columns,
    ...(group === undefined ? {} : { group }),
    task,
    outputs,
    rows: samples.map((sample, i) => ({ ...sample, target: targets[i]! })),
    refused,
    notes,
    said: said(where, task, chosen),
  };
}

/** What a cell says, without spaces around it. @throws {Refusal} if there is nothing */
export function smilesIn(cells: Cells, column: string): string {
  const cell = cells.get(column);
  if (cell === null || (cell !== undefined && typeof cell !== "string"))
    throw new Refusal(`${named(column)} is no text`);
  const smiles = cell?.trim() ?? "";
  if (smiles === "") throw new Refusal(`${named(column)} is empty`);
  return smiles;
}

/** "reads molecules from column 'smiles' and classes from column 'label' of bbbp.csv" */
function said(where: string, task: AskedColumns["task"], { smiles, targets, guessed }: ChosenColumns): string {
  const option = task === "multi-label" || targets.length > 1 ? "--columns" : "--label";
  const hint = guessed ? ` (others are named with --smiles and ${option})` : "";
  return `reads molecules from column ${named(smiles)} and ${things[task]} from ${columnsInWords(targets)} of ${where}${hint}`;
}

/** "columns 'a', 'b' and 'c'" */
function columnsInWords(names: readonly string[]): string {
  if (names.length === 1) return `column ${named(names[0]!)}`;
  if (names.length > 6) return `${names.length} columns (${names.slice(0, 6).map(named).join(", ")}, …)`;
  return `columns ${names.slice(0, -1).map(named).join(", ")} and ${named(names.at(-1)!)}`;
}
