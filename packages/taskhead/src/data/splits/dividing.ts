import type { Groups } from "@taskhead/core/internals";
import type { TuneOptions } from "../../options/table.js";

/** Marks of the samples that an earlier run was trained on, and validated on. */
export interface EarlierSides {
  readonly train: ReadonlySet<string>;
  readonly validation: ReadonlySet<string>;
}

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
