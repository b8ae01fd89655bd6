/** Tags by number, in the order in which they come: a sentence then keeps no text of them. */
export interface TagNumbers {
  /** −1 of none. */
  of(tag: string | null): number;
  /** The tags by number, and how many words have each. */
  readonly names: readonly string[];
  readonly counts: readonly number[];
}

export function tagNumbers(): TagNumbers {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  const counts: number[] = [];
  return {
    names,
    counts,
    of(tag) {
      if (tag === null) return -1;
      let number = numbers.get(tag);
      if (number === undefined) {
        number = names.push(tag) - 1;
        numbers.set(tag, number);
        counts.push(0);
      }
      counts[number]!++;
      return number;
    },
  };
}

export interface SettledTags {
  /** Sorted; or those that were known. */
  readonly outputs: string[];
  /** Of each number the place of its tag there; −1 where it is none of those that were known. */
  readonly places: readonly number[];
  readonly unknown: { label: string; samples: number }[];
}

/**
 * What all tags come to.
 * @param known the tags that there are. Default: those that were found
 */
export function settledTags({ names, counts }: TagNumbers, known?: readonly string[]): SettledTags {
  const called = names.map((name) => name.normalize("NFC"));
  const outputs = known ? [...known] : [...new Set(called)].sort();
  const places = called.map((name) => outputs.indexOf(name));
  const unknown = names.flatMap((label, i) => (places[i]! < 0 ? [{ label, samples: counts[i]! }] : []));
  return { outputs, places, unknown };
}
