import { split, type Targets } from "@taskhead/core";
import { foldsOf, upTo, type Groups, type Split } from "@taskhead/core/internals";
import { UserError } from "../files/errors.js";
import type { TuneOptions } from "../options/table.js";
import { divideAsEarlier, type EarlierSides } from "./earlier-sides.js";
import { named } from "./listed.js";

/** One of the runs of a cross-validation: that which a fold validates, from 1, or the one that all samples train. */
export type Fold = number | "all";

/** How samples become training and validation samples, where no others validate. */
export interface Dividing extends Pick<TuneOptions, "valFraction" | "seed" | "folds"> {
  /** Absent where there is one split alone. */
  readonly fold?: Fold;
  /** What a run that this one goes on from has seen. */
  readonly earlier?: EarlierSides;
}

/** Nothing but that. */
export function dividingOf({ valFraction, seed, folds, fold, earlier }: Dividing): Dividing {
  return {
    valFraction,
    seed,
    ...(folds === undefined ? {} : { folds }),
    ...(fold === undefined ? {} : { fold }),
    ...(earlier ? { earlier } : {}),
  };
}

/** What stays together. */
export interface Together {
  /** Equal of samples that are the same. */
  readonly keys: readonly string[];
  readonly groups: Groups | undefined;
  /** What tells samples apart wherever they are read. Default: `keys`. */
  readonly marks?: readonly string[];
  /** What a sample, and a group, is called. */
  readonly sample: string;
  readonly group?: string;
}

/**
 * Training and validation samples of a run; of the run that all samples train, they validate as well.
 * @throws {UserError} if there are fewer samples, or groups, than folds
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
  if (fold === "all") return { train: upTo(keys.length), validation: upTo(keys.length) };
  const train = all.flatMap((own, i) => (i === fold - 1 ? [] : own));
  return { train: train.sort((a, b) => a - b), validation: all[fold - 1]! };
}
