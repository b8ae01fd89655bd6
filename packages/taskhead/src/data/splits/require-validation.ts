import { split, type Targets } from "@taskhead/core";
import { pickTargets, targetCount, type Groups } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { named } from "../listed.js";
import { measuredRemedy } from "../classes/doubtful-names.js";
import type { Terms } from "../classes/terms.js";
import { lostInWords } from "../tables/told-rows.js";

/** Of samples that are all of one class, with what was left out of them. */
export function onlyOneClass({
  where,
  sample,
  outputs,
  refused,
}: Pick<Splittable, "where" | "sample" | "outputs"> & { refused: readonly { reason: string }[] }): UserError {
  const lost = lostInWords(refused);
  const but = lost === undefined ? "" : ` (${lost})`;
  return new UserError(`${where} has only one class, ${named(outputs[0]!)}${but}; give ${sample}s of at least two`);
}

/** A source whose samples are to be split. */
export interface Splittable extends Pick<Terms, "task" | "where" | "outputs"> {
  /** What one of them is called: "image". */
  sample: string;
  /** The column of groups, where samples of one stay together. */
  group?: string;
  /** What was left out of it. */
  refused?: readonly { reason: string }[];
}

/**
 * Before anything costly is done with the samples.
 * @throws {UserError} if a split of these samples leaves none to validate on, or those of one class alone
 */
export function requireSplittableTargets(
  source: Splittable,
  targets: Targets,
  fraction: number,
  groups?: Groups,
): void {
  // Which samples they are depends on the seed; how many of each class does not.
  const { validation } = split(targets, fraction, 0, undefined, groups);
  requireValidationTargets(source, pickTargets(targets, validation));
}

/**
 * @param copies whether some samples are the same, and stay on one side
 * @throws {UserError} if these targets of validation samples, split from the source's, are of no use
 */
export function requireValidationTargets(
  { task, where, outputs, sample, group, refused = [] }: Splittable,
  targets: Targets,
  copies = false,
): void {
  const lost = lostInWords(refused);
  const reasons = [...(copies ? ["copies do not count"] : []), ...(lost === undefined ? [] : [lost])];
  const but = reasons.length > 0 ? ` (${reasons.join("; ")})` : "";
  const second = group === undefined ? sample : named(group);
  const more = group === undefined ? `add ${sample}s, or` : `add ${sample}s of others, leave --group out, or`;
  const remedy = `${more} give others to validate on with --val`;
  if (task !== "classification") {
    if (targetCount(targets) === 0)
      throw new UserError(`${where} has no second ${second} to validate on${but}; ${remedy}`);
    return;
  }
  const classes = new Set(targets.data);
  if (classes.size === 0)
    throw new UserError(
      `no class in ${where} has a second ${second} to validate on${but}; ${measuredRemedy(outputs) ?? remedy}`,
    );
  const [only] = classes;
  if (classes.size === 1)
    throw new UserError(
      `only class '${outputs[only!]}' in ${where} has a second ${second} to validate on${but}, and nothing can be chosen by ${sample}s of one class; ${remedy}`,
    );
}
