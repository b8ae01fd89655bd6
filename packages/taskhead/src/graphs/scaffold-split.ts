import type { Targets } from "@taskhead/core";
import { random, shuffle, type Split } from "@taskhead/core/internals";

/** A scaffold's share of the samples. */
interface Group {
  readonly samples: readonly number[];
  /** What there is among their targets: a class, or a label's yes or no. */
  readonly kinds: ReadonlySet<string>;
}

/**
 * Splits samples so that none of a scaffold are on both sides, about `fraction` of them to validation. Scaffolds come in random
 * order; those of more than half as many samples as validation is to have are trained on. Both sides get samples of every
 * class, and of every label both answers, where two scaffolds or more have them. The same seed gives the same split.
 * @param scaffolds of each sample
 * @param fraction between 0 and 1
 */
export function scaffoldSplit(targets: Targets, scaffolds: readonly string[], fraction: number, seed: number): Split {
  const groups = shuffle(groupsOf(targets, scaffolds), random(seed, "scaffolds"));
  const wanted = Math.max(1, Math.round(fraction * scaffolds.length));
  const chosen = new Set<Group>();
  let taken = 0;
  // Scaffolds with each kind that training has.
  const left = new Map<string, number>();
  for (const group of groups) for (const kind of group.kinds) left.set(kind, (left.get(kind) ?? 0) + 1);
  const spared = (group: Group): boolean =>
    chosen.size + 1 < groups.length && [...group.kinds].every((kind) => left.get(kind)! > 1);
  const take = (group: Group): void => {
    chosen.add(group);
    taken += group.samples.length;
    for (const kind of group.kinds) left.set(kind, left.get(kind)! - 1);
  };
  const fits = (group: Group): boolean => group.samples.length <= wanted / 2;
  // What is rare first: it has the least choice.
  const rarest = [...left.keys()].sort().sort((a, b) => left.get(a)! - left.get(b)!);
  for (const kind of rarest) {
    if ([...chosen].some((group) => group.kinds.has(kind))) continue;
    const having = groups.filter((group) => !chosen.has(group) && group.kinds.has(kind) && spared(group));
    const group = having.find(fits) ?? having.toSorted((a, b) => a.samples.length - b.samples.length)[0];
    if (group) take(group);
  }
  for (const group of groups) {
    if (taken >= wanted) break;
    const over = taken + group.samples.length - wanted;
    if (!chosen.has(group) && fits(group) && over <= wanted - taken && spared(group)) take(group);
  }
  const validation = groups.filter((group) => chosen.has(group));
  const train = groups.filter((group) => !chosen.has(group));
  const samples = (own: readonly Group[]): number[] => own.flatMap((group) => group.samples).sort((a, b) => a - b);
  return { train: samples(train), validation: samples(validation) };
}

/** By their first samples. */
function groupsOf({ data, shape }: Targets, scaffolds: readonly string[]): Group[] {
  const width = shape[0] ?? 1;
  // Of numbers that are neither 0 nor 1 there is no kind; so a regression has none.
  const answers =
    data instanceof Int32Array || data.every((value) => Number.isNaN(value) || value === 0 || value === 1);
  const groups = new Map<string, { samples: number[]; kinds: Set<string> }>();
  scaffolds.forEach((scaffold, i) => {
    const group = groups.get(scaffold) ?? { samples: [], kinds: new Set() };
    groups.set(scaffold, group);
    group.samples.push(i);
    for (let j = 0; answers && j < width; j++) {
      const value = data[i * width + j]!;
      if (!Number.isNaN(value)) group.kinds.add(`${j} ${value}`);
    }
  });
  return [...groups.values()];
}
