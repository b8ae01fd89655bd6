import { rowsOfHead } from "../../data/tables/labelled-rows.js";
import type { AskedTargets } from "../../data/tables/target-columns.js";
import { taskByColumns, type TableTask } from "../../data/tables/usual-task.js";
import { chooseLabels } from "./label-columns.js";
import type { LabelTable } from "./label-table.js";

/** What is learnt of a file of labels where nobody says it, as `taskByColumns` has it. @param where the file, as people call it */
export function taskOfLabels(
  where: string,
  { columns: all, rows }: LabelTable,
  { group, ...asked }: Omit<AskedTargets, "task"> = {},
): TableTask {
  const head = rows.slice(0, rowsOfHead);
  const columns = all.filter((name) => name !== group);
  return taskByColumns(
    head,
    asked.labels,
    (task) => chooseLabels({ where, columns, head }, { ...asked, task }).columns,
  );
}
