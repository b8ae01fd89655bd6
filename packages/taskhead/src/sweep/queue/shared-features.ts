import type { Store } from "@taskhead/core";
import type { Kept } from "../workbench.js";

/** Where a shared store keeps features, by the keys that they have in any cache: what they were computed from. */
const place = "features";

/** A cache of features that reads and writes as another does, and gives to workers, or takes from the sweep. */
export type SharedFeatures = NonNullable<Kept["features"]>;

/** What the sweep reads or computes is in the store for its workers. @returns undefined of a store that keeps all in memory */
export function givenFeatures(store: Store): SharedFeatures | undefined {
  if ("requireSmall" in store) return undefined;
  const shared = store.within(place);
  const given = new Set<string>();
  const give = async (key: string, bytes: Uint8Array): Promise<void> => {
    if (given.has(key)) return;
    await shared.write(key, bytes);
    given.add(key);
  };
  return (own) => ({
    ...own,
    async read(key) {
      const known = await own.read(key);
      if (known) await give(key, known);
      return known;
    },
    async write(key, bytes) {
      await own.write(key, bytes);
      given.delete(key);
      await give(key, bytes);
    },
  });
}

/** What a worker lacks it takes from there, rather than compute it, and keeps it; what is damaged it computes. */
export function takenFeatures(store: Store): SharedFeatures {
  const shared = store.within(place);
  return (own) => ({
    ...own,
    async read(key) {
      const known = await own.read(key);
      if (known) return known;
      const taken = await shared.read(key);
      if (taken) await own.write(key, taken);
      return taken;
    },
  });
}
