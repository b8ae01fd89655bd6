import { isArchive, isTable } from "../../files/samples-kind.js";
import type { AskedTargets } from "../../data/target-columns.js";
import { isConll } from "./conll.js";

/** Whether a file can be read for a task, by its name. */
export function readsFor(task: AskedTargets["task"]): (name: string) => boolean {
  const beside = task === "token-classification" ? isConll : isArchive;
  return (name) => isTable(name) || beside(name);
}
