import { split, type Targets } from "@taskhead/core";
import { pickTargets, targetCount } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import type { Terms } from "./terms.js";

/** A source whose samples are to be split. */
export interface Splittable extends Pick<Terms, "task" | "where" | "outputs"> {
  /** What one of them is called: "image". */
  sample: string;
}

/**
 * Before anything costly is done with the samples.
 * @throws {UserError} if a split of these samples leaves none to validate on, or those of one class alone
 */
export function requireSplittableTargets(source: Splittable, targets: Targets, fraction: number): void {
  // Which samples they are depends on the seed; how many of each class does not.
  requireValidationTargets(source, pickTargets(targets, split(targets, fraction, 0).validation));
}

/**
 * @param copies whether some samples are the same, and stay on one side
 * @throws {UserError} if these targets of validation samples, split from the source's, are of no use
 */
export function requireValidationTargets(
  { task, where: place, outputs, sample }: Splittable,
  targets: Targets,
  copies = false,
): void {
  const but = copies ? " (copies do not count)" : "";
  const where = shown(place);
  const remedy = `add ${sample}s, or give others to validate on with --val`;
  if (task !== "classification") {
    if (targetCount(targets) === 0)
      throw new UserError(`${where} has no second ${sample} to validate on${but}; ${remedy}`);
    return;
  }
  const classes = new Set(targets.data);
  if (classes.size === 0)
    throw new UserError(`no class in ${where} has a second ${sample} to validate on${but}; ${remedy}`);
  const [only] = classes;
  if (classes.size === 1)
    throw new UserError(
      `only class '${outputs[only!]}' in ${where} has a second ${sample} to validate on${but}, and nothing can be chosen by ${sample}s of one class; ${remedy}`,
    );
}
