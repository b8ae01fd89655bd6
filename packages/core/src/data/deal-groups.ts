import { shuffle, type Random } from "./random.js";
import type { Targets } from "./targets.js";

/** Of each sample the group that it is of: equal names stay together; undefined is a group of its own. */
export type Groups = readonly (string | undefined)[];

/** Samples that stay together, and what there is among their targets. */
interface Group {
  readonly samples: number[];
  /** How many there are of each kind: of a class, or of a label's yes or no; and of samples, whatever they are. */
  readonly kinds: Map<string, number>;
}

export interface Dealing {
  readonly groups: Groups;
  /** What part of the samples each part is to get; their sum is 1. */
  readonly shares: readonly number[];
  /** Which part gets the only group that has a kind. Default: the one where it fits best. */
  readonly only?: number;
  readonly rng: Random;
}

/**
 * Deals groups of samples to parts, so that every part has about its share of all samples, and of each class or of each
 * label's answers: none of a group are in two parts.
 *
 * Greedy, as scikit-learn's StratifiedGroupKFold, for parts of any size: groups come in the order of their weight, within
 * a factor of two at random, and each goes where Pearson's χ² between what parts have and should have,
 * Σ_parts Σ_kinds (n − t)²/t, then is least. Before that every part gets a group of each kind that is in as many groups as
 * there are parts, what is in the fewest first.
 * @returns the samples of each part, ascending
 */
export function dealGroups(targets: Targets, { groups: names, shares, only, rng }: Dealing): number[][] {
  const groups = groupsOf(targets, names);
  const dealing = new Parts(groups, shares);
  const order = shuffle([...groups], rng);
  const weight = new Map(order.map((group) => [group, Math.floor(Math.log2(dealing.weightOf(group)))]));
  order.sort((a, b) => weight.get(b)! - weight.get(a)!);
  if (only !== undefined) for (const group of order) if (dealing.isOnly(group)) dealing.place(group, only);
  dealing.seed(order);
  for (const group of order) if (dealing.isFree(group)) dealing.place(group, dealing.bestPart(group));
  return dealing.parts.map((part) => part.samples.sort((a, b) => a - b));
}

/** One group for all that are linked by the group's name, or by being the same. */
export function linkedGroups(groups: Groups, keys: readonly string[]): string[] {
  const first = new Map<string, number>();
  const above = groups.map((_, i) => i);
  const rootOf = (i: number): number => {
    let root = i;
    while (above[root] !== root) root = above[root] = above[above[root]!]!;
    return root;
  };
  groups.forEach((group, i) => {
    for (const name of [...(group === undefined ? [] : [`group ${group}`]), `key ${keys[i]!}`]) {
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, i);
      else above[rootOf(i)] = rootOf(earlier);
    }
  });
  return groups.map((_, i) => String(rootOf(i)));
}

interface Part {
  readonly samples: number[];
  readonly share: number;
  readonly kinds: Map<string, number>;
}

class Parts {
  readonly parts: readonly Part[];
  readonly #free: Set<Group>;
  /** Of each kind the samples, and the groups that have it: all, and those that are not dealt yet. */
  readonly #whole = new Map<string, { samples: number; groups: number; free: number }>();

  constructor(groups: readonly Group[], shares: readonly number[]) {
    this.parts = shares.map((share) => ({ samples: [], share, kinds: new Map() }));
    this.#free = new Set(groups);
    for (const { kinds } of groups)
      for (const [kind, count] of kinds) {
        const { samples, groups } = this.#whole.get(kind) ?? { samples: 0, groups: 0 };
        this.#whole.set(kind, { samples: samples + count, groups: groups + 1, free: groups + 1 });
      }
  }

  isFree(group: Group): boolean {
    return this.#free.has(group);
  }

  /** Whether no other group has some of its kinds. */
  isOnly({ kinds }: Group): boolean {
    return [...kinds.keys()].some((kind) => this.#whole.get(kind)!.groups === 1);
  }

  /** Its part in all that there is of its kinds. */
  weightOf({ kinds }: Group): number {
    return sum([...kinds].map(([kind, count]) => count ** 2 / this.#whole.get(kind)!.samples));
  }

  place(group: Group, at: number): void {
    if (!this.#free.delete(group)) return;
    const part = this.parts[at]!;
    for (const sample of group.samples) part.samples.push(sample);
    for (const [kind, count] of group.kinds) {
      part.kinds.set(kind, (part.kinds.get(kind) ?? 0) + count);
      this.#whole.get(kind)!.free--;
    }
  }

  bestPart(group: Group): number {
    const growths = this.parts.map((part) => this.#growth(group, part));
    return growths.indexOf(Math.min(...growths));
  }

  /** Gives a group of every kind to every part, as far as there are enough of them. */
  seed(order: readonly Group[]): void {
    const having = new Map<string, Group[]>();
    for (const group of order)
      for (const kind of group.kinds.keys()) {
        const own = having.get(kind);
        if (own) own.push(group);
        else having.set(kind, [group]);
      }
    const enough = [...having].filter(([, own]) => own.length >= this.parts.length);
    const smallFirst = this.parts.map((_, i) => i).sort((a, b) => this.parts[a]!.share - this.parts[b]!.share);
    for (const [kind, own] of enough.toSorted(([, a], [, b]) => a.length - b.length))
      for (const at of smallFirst) {
        const part = this.parts[at]!;
        if (part.kinds.has(kind)) continue;
        let best: Group | undefined;
        for (const group of own)
          if (this.isFree(group) && this.#isSpared(group, part))
            if (!best || this.#growth(group, part) < this.#growth(best, part)) best = group;
        if (best) this.place(best, at);
      }
  }

  /** Whether what the other parts lack is in other groups too. */
  #isSpared({ kinds }: Group, part: Part): boolean {
    return [...kinds.keys()].every((kind) => {
      const { groups, free } = this.#whole.get(kind)!;
      const lacking = this.parts.filter((other) => other !== part && !other.kinds.has(kind)).length;
      return groups < this.parts.length || free - 1 >= lacking;
    });
  }

  /** By how much χ² grows with this group there: (n + m − t)²/t − (n − t)²/t, over its kinds. */
  #growth({ kinds }: Group, part: Part): number {
    return sum(
      [...kinds].map(([kind, more]) => {
        const wanted = part.share * this.#whole.get(kind)!.samples;
        return (more * (more + 2 * ((part.kinds.get(kind) ?? 0) - wanted))) / wanted;
      }),
    );
  }
}

/** By their first samples. */
function groupsOf(targets: Targets, names: Groups): Group[] {
  const kindsOf = kindsIn(targets);
  const groups = new Map<string | number, Group>();
  names.forEach((given, i) => {
    const name = given ?? i;
    const group = groups.get(name) ?? { samples: [], kinds: new Map<string, number>() };
    groups.set(name, group);
    group.samples.push(i);
    for (const kind of ["any", ...kindsOf(i)]) group.kinds.set(kind, (group.kinds.get(kind) ?? 0) + 1);
  });
  return [...groups.values()];
}

/** Of numbers that are neither 0 nor 1 there is no kind, so a regression has none; nor has what has several units. */
function kindsIn({ data, shape, starts }: Targets): (sample: number) => string[] {
  const labels = data instanceof Float32Array && data.every((one) => Number.isNaN(one) || one === 0 || one === 1);
  const classes = data instanceof Int32Array && shape.length === 0 && !starts;
  if (!labels && !classes) return () => [];
  const width = shape[0] ?? 1;
  return (i) =>
    Array.from(data.subarray(i * width, (i + 1) * width)).flatMap((one, j) =>
      Number.isNaN(one) ? [] : [`${j} ${one}`],
    );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
