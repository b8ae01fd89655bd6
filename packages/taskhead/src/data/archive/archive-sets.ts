import { UserError } from "../../files/errors.js";
import type { SetOfFiles } from "../kind.js";
import { listed } from "../listed.js";
import { setsByName, type FilesOfSets } from "../sets/sets-by-name.js";

/** The archives in a folder, as sets; one alone is called train, whatever it is for. */
export interface ArchivesOfFolder {
  readonly sets: FilesOfSets;
  /** What looks like a mistake, a line each. */
  readonly notes: readonly string[];
}

/**
 * Archives as sets: those of each set by their names, as `train-0.tar`, `test/0.tar`; where no name says a set, all are one.
 * @param paths relative to the folder that they are in, sorted
 */
export function archivesAsSets(paths: readonly string[]): ArchivesOfFolder {
  const sets = setsByName(paths);
  const taken = new Set(Object.values(sets).flat());
  if (taken.size === 0) return { sets: paths.length > 0 ? { train: [...paths] } : {}, notes: [] };
  const others = paths.filter((path) => !taken.has(path));
  return {
    sets,
    notes: others.length > 0 ? [`left out ${listed(others)}, whose names say no set, as those of the others do`] : [],
  };
}

/** The archives of a set: of a folder with one alone, that one's. @throws {UserError} if it is not there */
export function archivesOf(path: string, sets: FilesOfSets, set: SetOfFiles): string[] {
  const names = Object.keys(sets) as SetOfFiles[];
  const found = sets[set] ?? (names.length === 1 ? sets[names[0]!] : undefined);
  if (found) return found;
  throw new UserError(
    `${path} has no archives of ${set} (it has ${names.join(" and ")}); add some, or give archives themselves`,
  );
}
