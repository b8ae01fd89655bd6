import type { Groups } from "./deal-groups.js";
import { pickTargets, type Targets } from "./targets.js";

/** The sets of a job, in the order in which a sample that is in two of them is told. */
export type SetName = "training" | "validation" | "test" | "out-of-distribution";

/** What tells samples apart: all that any kind of data has to give for its duplicates to be found. */
export interface Content {
  /** Equal where two samples are the same to the network, such as a hash of what is fed. */
  readonly keys: readonly string[];
  /** What people call each sample, such as its path. */
  readonly names: readonly string[];
  /** Of each sample the group that stays on one side of a split, such as a patient. Default: no groups. */
  readonly groups?: Groups;
}

/** A set of samples, and what tells them apart. */
export interface KnownSet extends Content {
  readonly set: SetName;
  readonly targets: Targets;
}

/** The first few of `count`, each the name of a sample and that of an earlier one with the same content. */
export interface Pairs {
  readonly count: number;
  readonly examples: readonly (readonly [string, string])[];
}

/** Samples of `set` that occur in `earlier` too. */
export interface Overlap extends Pairs {
  readonly set: SetName;
  readonly earlier: SetName;
}

/** Samples of `set` that are copies of others in it. */
export interface Repeats extends Pairs {
  readonly set: SetName;
}

/** The same content more than once. */
export interface Duplicates {
  readonly across: readonly Overlap[];
  /** In all sets: samples whose content an earlier one has with another target. */
  readonly contradicting: Pairs;
  /** Samples whose content an earlier one of their own set has with the same target. */
  readonly repeated: readonly Repeats[];
  /** Samples of the test set whose content is in none that training or a choice has seen. */
  readonly unseenTest: readonly number[];
}

/** So many are named. */
const named = 3;

/** Finds equal content within sets and across them, in time that grows with the number of samples. */
export function duplicatesIn(sets: readonly KnownSet[]): Duplicates {
  const before = new Map<SetName, Map<string, string>>();
  const targetOf = new Map<string, { name: string; target: string }>();
  const across = new Map<string, Overlap>();
  const repeated = new Map<SetName, Repeats>();
  let contradicting: Pairs = { count: 0, examples: [] };
  const unseenTest: number[] = [];
  for (const { set, keys, names, targets } of sets) {
    const own = before.get(set) ?? new Map<string, string>();
    keys.forEach((key, n) => {
      const name = names[n]!;
      let seen = false;
      for (const [earlier, known] of before) {
        const first = earlier === set ? undefined : known.get(key);
        if (first === undefined) continue;
        seen = true;
        const pair = `${set} ${earlier}`;
        const overlap = across.get(pair) ?? { set, earlier, count: 0, examples: [] };
        across.set(pair, { ...overlap, ...withPair(overlap, name, first) });
      }
      if (set === "test" && !seen) unseenTest.push(n);
      const target = targetText(targets, n);
      const first = targetOf.get(key);
      if (!first) targetOf.set(key, { name, target });
      else if (first.target !== target) contradicting = withPair(contradicting, name, first.name);
      else if (own.has(key)) {
        const repeats = repeated.get(set) ?? { set, count: 0, examples: [] };
        repeated.set(set, { set, ...withPair(repeats, name, own.get(key)!) });
      }
      if (!own.has(key)) own.set(key, name);
    });
    before.set(set, own);
  }
  return { across: [...across.values()], contradicting, repeated: [...repeated.values()], unseenTest };
}

function withPair({ count, examples }: Pairs, name: string, first: string): Pairs {
  return { count: count + 1, examples: count < named ? [...examples, [name, first]] : examples };
}

/** One sample's target, as text that is equal where targets are. */
function targetText(targets: Targets, n: number): string {
  return pickTargets(targets, [n]).data.join();
}
