import { rowsOfHead } from "../../data/tables/labelled-rows.js";
import type { AskedTargets } from "../../data/tables/target-columns.js";
import { taskByColumns, type GuessedTask } from "../../data/tables/usual-task.js";
import { chooseLabels } from "./label-columns.js";
import type { LabelTable } from "./label-table.js";

/** What is learnt of a file of labels where nobody says it, as `taskByColumns` has it. @param where the file, as people call it */
export function taskOfLabels(
  where: string,
  { columns: all, rows, classNames }: LabelTable,
  { group, ...asked }: Omit<AskedTargets, "task"> = {},
): GuessedTask {
  const head = rows.slice(0, rowsOfHead);
  const columns = all.filter((name) => name !== group);
  return taskByColumns(
    { where, head, classNames },
    asked.labels,
    (task) => chooseLabels({ where, columns, head }, { ...asked, task }).columns,
  );
}
