import type { KnownSet, SetName } from "./duplicates.js";

/** Groups of `set` that are in `earlier` too. */
export interface GroupOverlap {
  readonly set: SetName;
  readonly earlier: SetName;
  readonly groups: number;
  /** How many samples of `set` are of these groups. */
  readonly samples: number;
  /** The names of the first few groups. */
  readonly examples: readonly string[];
}

/** So many are named. */
const named = 3;

/** Finds the groups that are in several sets: a patient whose other pictures were trained on flatters a test. */
export function groupOverlaps(sets: readonly KnownSet[]): GroupOverlap[] {
  const before = new Map<SetName, Set<string>>();
  const overlaps: GroupOverlap[] = [];
  for (const { set, groups = [] } of sets) {
    const own = new Set(groups.filter((group) => group !== undefined));
    for (const [earlier, known] of before) {
      const shared = earlier === set ? [] : [...own].filter((group) => known.has(group));
      if (shared.length === 0) continue;
      const there = new Set<string | undefined>(shared);
      const samples = groups.filter((group) => there.has(group)).length;
      overlaps.push({ set, earlier, groups: shared.length, samples, examples: shared.slice(0, named) });
    }
    before.set(set, new Set([...(before.get(set) ?? []), ...own]));
  }
  return overlaps;
}
