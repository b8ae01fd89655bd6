import type { TuneSet } from "@taskhead/core";
import { upTo, type SetSummary, type Split } from "@taskhead/core/internals";
import type { FoundSet, FoundSets, LoadedSets, Marked } from "./kind.js";

/** What people call a set, before the noun of its samples. */
export type SetLabel = "training" | "validation" | "test" | "out-of-distribution";

/** What is known of a set besides how many samples it has. */
export type Summary = Omit<SetSummary, "count">;

/** How a kind of data opens its sets. @typeParam Loaded the samples of a set that can be read */
export interface Loading<Found extends FoundSet, Loaded, Source extends Marked> {
  /** Reads a set, and tells what is left out of it. */
  load(found: Found, label: SetLabel): Promise<Loaded>;
  /** How many could be read. */
  count(loaded: Loaded): number;
  summaryOf(found: Found, loaded: Loaded): Summary;
  /** Some of them, by their places among those that could be read. */
  setOf(found: Found, loaded: Loaded, chosen: readonly number[], summary: Summary): TuneSet<Source>;
  /** Likewise those that are trained on. Default: `setOf`. */
  trainedOn?(found: Found, loaded: Loaded, chosen: readonly number[], summary: Summary): TuneSet<Source>;
  /** Splits the training samples where no others validate, and tells how. @throws {UserError} if that leaves none of use */
  split(found: Found, loaded: Loaded): Split;
  /** Removes what was kept in the cache folder for this run alone. */
  close?(): Promise<void>;
}

/** Opens all sets of a run, and splits the training samples where there are none for validation. */
export async function loadedSets<Found extends FoundSet, Loaded, Source extends Marked>(
  found: FoundSets<Found>,
  how: Loading<Found, Loaded, Source>,
): Promise<LoadedSets<Source>> {
  const whole = async (set: Found, label: SetLabel): Promise<TuneSet<Source>> => {
    const loaded = await how.load(set, label);
    return how.setOf(set, loaded, upTo(how.count(loaded)), how.summaryOf(set, loaded));
  };
  const close = async (): Promise<void> => how.close?.();
  try {
    const all = await how.load(found.train, "training");
    const other = found.validation && (await whole(found.validation, "validation"));
    const parts = other ? null : how.split(found.train, all);
    const test = found.test && (await whole(found.test, "test"));
    const ood: TuneSet<Source>[] = [];
    for (const set of found.ood) ood.push(await whole(set, "out-of-distribution"));
    const trained = parts?.train ?? upTo(how.count(all));
    const summary = how.summaryOf(found.train, all);
    return {
      train: (how.trainedOn ?? how.setOf)(found.train, all, trained, summary),
      validation: other ?? how.setOf(found.train, all, parts!.validation, { path: null, skipped: 0 }),
      test,
      ood,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
