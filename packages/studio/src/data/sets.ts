import { roleOf, setOfRole, targetsInTermsOf, UserError, type SetOfFiles, type Terms } from "taskhead/inputs";

/** The sets that samples may be given as. */
export type SetName = SetOfFiles;

/** Where each set lies, as people call it. */
export type SetPlaces = Readonly<Partial<Record<SetName, string>>>;

/** Samples that may be given in sets. */
export interface OfSet {
  /** Absent where nothing says which: a part of all is kept back to choose by. */
  readonly set?: SetName;
}

/** Which set each of some samples is of. */
export interface OwnSets {
  readonly where: SetPlaces;
  readonly of: readonly SetName[];
}

/** What is kept of the sets of some samples; nothing where they were not given in sets. */
export function ownSets(where: SetPlaces | undefined, samples: readonly OfSet[]): { readonly sets?: OwnSets } {
  return where ? { sets: { where, of: samples.map(({ set = "train" }) => set) } } : {};
}

/** The sets besides that to train on. */
export const otherSets = ["validation", "test"] as const satisfies readonly SetName[];

/** What is said where a set cannot be used. @throws what is no `UserError` */
export function notUsed(where: string, set: SetName, error: unknown): string {
  if (!(error instanceof UserError)) throw error;
  return `${where} is not used as ${set} set: ${error.message}`;
}

/** Samples of class folders, in their sets. */
export interface ClassesInSets<T> {
  readonly samples: readonly (T & OfSet)[];
  /** Absent where folders are no sets. */
  readonly sets?: SetPlaces;
  /** Which sets are not used, and why; a line each. */
  readonly notes: readonly string[];
}

/**
 * The sets of samples in class folders (`data/train/cat/1.png`), by the names of the folders that those of classes lie in. A set
 * with classes that nothing is trained on is left out.
 */
export function inSets<T extends { readonly name: string; readonly label: string }>(
  samples: readonly T[],
): ClassesInSets<T> {
  const roles = samples.map(({ name }) => roleOf(name.split("/").at(-3) ?? ""));
  const of = (set: SetName): (T & OfSet)[] =>
    samples.flatMap((one, i) => (roles[i] && setOfRole[roles[i]] === set ? [{ ...one, set }] : []));
  const train = of("train");
  if (roles.includes(undefined) || train.length === 0 || train.length === samples.length) return { samples, notes: [] };
  const terms = termsOf(train);
  const used = [...train];
  const sets: Partial<Record<SetName, string>> = { train: terms.where };
  const notes: string[] = [];
  for (const set of otherSets) {
    const own = of(set);
    if (own.length === 0) continue;
    const { where, ...others } = termsOf(own);
    try {
      targetsInTermsOf(terms, { where, ...others }, []);
      used.push(...own);
      sets[set] = where;
    } catch (error) {
      notes.push(notUsed(where, set, error));
    }
  }
  return used.length > train.length ? { samples: used, sets, notes } : { samples: train, notes };
}

function termsOf(samples: readonly { readonly name: string; readonly label: string }[]): Terms {
  return {
    task: "classification",
    where: samples[0]!.name.split("/").slice(0, -2).join("/"),
    columns: [],
    folders: true,
    outputs: [...new Set(samples.map(({ label }) => label))].sort(),
  };
}
