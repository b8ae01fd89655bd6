import { isArchive } from "../../files/archive-endings.js";
import { isTable } from "../../files/table-endings.js";
import type { AskedTargets } from "../../data/tables/target-columns.js";
import { isConll } from "./conll.js";

/** Whether a file can be read for a task, by its name. */
export function readsFor(task: AskedTargets["task"]): (name: string) => boolean {
  const hasLines = task === "token-classification" ? isConll : () => false;
  return (name) => isTable(name) || isArchive(name) || hasLines(name);
}
