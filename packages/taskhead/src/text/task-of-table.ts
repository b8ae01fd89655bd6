import { named } from "../data/listed.js";
import { headOf } from "../data/tables/labelled-rows.js";
import type { Table } from "../data/tables/rows.js";
import { tableTasks, taskByColumns, type GuessedTask, type TableTask } from "../data/tables/usual-task.js";
import { seemsTagged } from "./tagged/tag-columns.js";
import { chooseColumns, type AskedColumns } from "./text-columns.js";

/** What may be learnt of texts: of whole ones, or of each of their words. */
export const textTasks = [...tableTasks, "token-classification"] as const;

export type TextTask = (typeof textTasks)[number];

/**
 * What is learnt of a table of texts where nobody says it, by what the columns hold that are asked for, or by their names may be
 * meant; where none are asked for, lists of words with as many tags are learnt as such. Where none is found it is classification,
 * whose reading says what is lacking.
 */
export async function taskOfTable(
  table: Table,
  asked: Omit<AskedColumns, "task"> = {},
): Promise<GuessedTask<TextTask>> {
  const { path: where, columns, classNames } = table;
  const head = await headOf(table);
  const tagged = asked.text || asked.labels?.length ? undefined : seemsTagged(head, columns);
  if (tagged) {
    const said = `${tagged.map(named).join(" and ")} of ${where} list words and their tags: token-classification; --text and --label name other columns`;
    return { task: "token-classification", said };
  }
  const choose = (task: TableTask): readonly string[] =>
    chooseColumns({ where, columns, head }, { ...asked, task }).targets;
  return taskByColumns({ where, head, classNames }, asked.labels, choose);
}
