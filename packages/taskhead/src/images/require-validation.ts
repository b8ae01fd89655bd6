import { split, type Targets } from "@taskhead/core";
import { pickTargets, targetCount } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import { shown } from "../files/shown.js";
import { targetsOf, type ImageSource } from "./image-source.js";

/**
 * Before any image is decoded, or the run folder is made.
 * @throws {UserError} if a split of these images leaves none to validate on, or those of one class alone
 */
export function requireSplittable(source: ImageSource, fraction: number): void {
  const targets = targetsOf(source, source.files);
  // Which images they are depends on the seed; how many of each class does not.
  requireValidation(source, pickTargets(targets, split(targets, fraction, 0).validation));
}

/**
 * @param copies whether some images are the same, and stay on one side
 * @throws {UserError} if these targets of validation images, split from the source's, are of no use
 */
export function requireValidation(
  { root, labels, task, outputs }: ImageSource,
  targets: Targets,
  copies = false,
): void {
  const but = copies ? " (copies do not count)" : "";
  const where = shown(labels ?? root);
  const remedy = "add images, or give others to validate on with --val";
  if (task !== "classification") {
    if (targetCount(targets) === 0) throw new UserError(`${where} has no second image to validate on${but}; ${remedy}`);
    return;
  }
  const classes = new Set(targets.data);
  if (classes.size === 0)
    throw new UserError(`no class in ${where} has a second image to validate on${but}; ${remedy}`);
  const [only] = classes;
  if (classes.size === 1)
    throw new UserError(
      `only class '${outputs[only!]}' in ${where} has a second image to validate on${but}, and nothing can be chosen by images of one class; ${remedy}`,
    );
}
