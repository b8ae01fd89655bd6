import { headOf } from "../data/tables/labelled-rows.js";
import type { Table } from "../data/tables/rows.js";
import { taskByColumns, type GuessedTask } from "../data/tables/usual-task.js";
import { chooseColumns, type AskedColumns } from "./molecule-columns.js";

/** What is learnt of a table of molecules where nobody says it, as `taskByColumns` has it. */
export async function taskOfMolecules(table: Table, asked: Omit<AskedColumns, "task"> = {}): Promise<GuessedTask> {
  const { path: where, columns, classNames } = table;
  const head = await headOf(table);
  return taskByColumns(
    { where, head, classNames },
    asked.labels,
    (task) => chooseColumns({ where, columns, head }, { ...asked, task }).targets,
  );
}
