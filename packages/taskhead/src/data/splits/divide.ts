import { split, type Targets } from "@taskhead/core";
import { foldsOf, upTo, type Split } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";
import type { Dividing, Together } from "./dividing.js";
import { divideAsEarlier } from "./earlier-sides.js";
import { named } from "../listed.js";

/**
 * Training and validation samples of a run; of the run that all samples train, they validate as well.
 * @throws {UserError} if there are fewer samples, or groups, than folds, or a fold has samples of one class alone: before any
 * fold's run, whichever it is of
 */
export function divide(targets: Targets, dividing: Dividing, together: Together): Split {
  const { valFraction, seed, folds = 0, fold, earlier } = dividing;
  const { keys, groups, sample, group } = together;
  if (earlier) return divideAsEarlier(targets, dividing, together, earlier);
  if (fold === undefined) return split(targets, valFraction, seed, keys, groups);
  const all = foldsOf(targets, folds, seed, keys, groups);
  if (all.some((own) => own.length === 0)) {
    const things = group === undefined ? `${sample}s that differ` : `${named(group)}`;
    const there = new Set(groups?.map((name, i) => name ?? i) ?? keys).size;
    throw new UserError(`--folds ${folds} needs as many ${things}, and there are ${there}; give a smaller number`);
  }
  requireClasses(targets, all, { folds, sample });
  if (fold === "all") return { train: upTo(keys.length), validation: upTo(keys.length) };
  const train = all.flatMap((own, i) => (i === fold - 1 ? [] : own));
  return { train: train.sort((a, b) => a - b), validation: all[fold - 1]! };
}

/** Of one sample of a class each there is nothing to choose by, as in leave-one-out. */
function requireClasses(
  { data, shape, starts }: Targets,
  all: readonly (readonly number[])[],
  { folds, sample }: { folds: number; sample: string },
): void {
  if (!(data instanceof Int32Array) || shape.length > 0 || starts) return;
  const lacking = all.findIndex((own) => new Set(own.map((i) => data[i])).size < 2);
  if (lacking >= 0)
    throw new UserError(
      `--folds ${folds} leaves fold ${lacking + 1} with ${sample}s of one class, and nothing can be chosen by those; give a smaller number`,
    );
}
