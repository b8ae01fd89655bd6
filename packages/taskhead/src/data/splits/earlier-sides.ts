import { split, type Targets } from "@taskhead/core";
import { linkedGroups, pickTargets, type Split } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import { sha256 } from "../../files/sha256.js";
import type { Dividing, EarlierSides, Together } from "./dividing.js";

/** 64 bits of a hash: enough to tell a set's samples apart. */
export function markOf(content: string): string {
  return sha256(content).slice(0, 16);
}

/**
 * Samples stay on the side on which an earlier run had them: what it was trained on would flatter validation. A group is
 * trained on if any of it was. New samples are split as always.
 * @throws {UserError} if it was trained on all of them
 */
export function divideAsEarlier(
  targets: Targets,
  { valFraction, seed }: Dividing,
  { keys, groups, marks = keys, sample }: Together,
  earlier: EarlierSides,
): Split {
  const units = linkedGroups(groups ?? keys.map(() => undefined), keys);
  const sides = new Map<string, keyof EarlierSides>();
  marks.forEach((content, i) => {
    const mark = markOf(content);
    if (earlier.train.has(mark)) sides.set(units[i]!, "train");
    else if (earlier.validation.has(mark) && !sides.has(units[i]!)) sides.set(units[i]!, "validation");
  });
  const of = (side: keyof EarlierSides | undefined): number[] =>
    units.flatMap((unit, i) => (sides.get(unit) === side ? [i] : []));
  const fresh = of(undefined);
  if (of("train").length === keys.length)
    throw new UserError(
      `the run that --from names was trained on all of these ${sample}s, so that none can validate; add new ones, or give others to validate on with --val`,
    );
  const pick = <T>(all: readonly T[], places = fresh): T[] => places.map((i) => all[i]!);
  const parts =
    fresh.length === 0
      ? { train: [], validation: [] }
      : split(pickTargets(targets, fresh), valFraction, seed, pick(keys), groups && pick(groups));
  const ascending = (own: number[]): number[] => own.sort((a, b) => a - b);
  return {
    train: ascending([...of("train"), ...pick(fresh, parts.train)]),
    validation: ascending([...of("validation"), ...pick(fresh, parts.validation)]),
  };
}
