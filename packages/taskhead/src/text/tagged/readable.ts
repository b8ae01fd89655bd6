import { isTable } from "../../data/table.js";
import type { AskedTargets } from "../../data/target-columns.js";
import { isConll } from "./conll.js";

/** Whether a file can be read for a task, by its name. */
export function readsFor(task: AskedTargets["task"]): (name: string) => boolean {
  return task === "token-classification" ? (name) => isTable(name) || isConll(name) : isTable;
}
