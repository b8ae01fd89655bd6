import { headOf } from "../data/tables/labelled-rows.js";
import type { Table } from "../data/tables/rows.js";
import { taskByColumns, type TableTask } from "../data/tables/usual-task.js";
import { chooseColumns, type AskedColumns } from "./molecule-columns.js";

/** What is learnt of a table of molecules where nobody says it, as `taskByColumns` has it. */
export async function taskOfMolecules(table: Table, asked: Omit<AskedColumns, "task"> = {}): Promise<TableTask> {
  const { path: where, columns } = table;
  const head = await headOf(table);
  return taskByColumns(
    head,
    asked.labels,
    (task) => chooseColumns({ where, columns, head }, { ...asked, task }).targets,
  );
}
