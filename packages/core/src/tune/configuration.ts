import { readJson, writeJson, type Store } from "./store.js";

/** Everything that decides a run's result, by the name that a user knows it under. */
export type Configuration = Record<string, string | number | boolean | null>;

/**
 * Makes a store the one of this configuration, if it belongs to none yet.
 * @returns the first difference to the configuration that it belongs to, in words; undefined if there is none
 */
export async function claim(store: Store, configuration: Configuration): Promise<string | undefined> {
  const stored = await readJson<{ configuration: Configuration }>(store, "run.json");
  if (stored) return firstDifference(stored.configuration, configuration);
  await writeJson(store, "run.json", { configuration });
  return undefined;
}

/** The first setting that differs, in words; what one of them lacks is not set there. */
export function firstDifference(there: Configuration, here: Configuration): string | undefined {
  const name = Object.keys({ ...there, ...here }).find((key) => (there[key] ?? null) !== (here[key] ?? null));
  if (name === undefined) return undefined;
  const show = (value: Configuration[string] | undefined): string =>
    value === null || value === undefined ? "not set" : String(value);
  // Fingerprints say that something differs, their digits say nothing to a reader.
  if (name.startsWith("content of ")) return `the ${name} has changed`;
  return `${name} is ${show(there[name])} there and ${show(here[name])} here`;
}
