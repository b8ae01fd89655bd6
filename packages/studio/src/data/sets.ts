import { UserError, type SetOfFiles } from "taskhead/inputs";

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
