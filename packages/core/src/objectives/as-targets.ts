import { classTargets, numberTargets, unitTargets, type Targets } from "../data/targets.js";
import type { ObjectiveName } from "./objective.js";

/**
 * An index into the classes; or a number for each output, of labels 1 or 0, NaN for what is not known; or of every word the
 * index of its tag, −1 of one that does not count.
 */
export type Target = number | readonly number[];

/** Targets, a row per sample, as training takes them. @param width outputs that there are */
export function asTargets(task: ObjectiveName, targets: readonly Target[], width: number): Targets {
  if (task === "token-classification")
    return unitTargets((targets as readonly (readonly number[])[]).map((tags) => tags.filter((tag) => tag >= 0)));
  return task === "classification"
    ? classTargets(targets as readonly number[])
    : numberTargets(targets as readonly (readonly number[])[], width);
}
