import { sha256 } from "../data/checksum.js";
import { DamagedError } from "./errors.js";
import { createJson, readJson, RunStore, type Store } from "./store/store.js";

/** Everything that decides a run's result, by the name that a user knows it under. */
export type Configuration = Record<string, string | number | boolean | null>;

/** Of what a run keeps. Raised whenever a run of an earlier version could not go on to the same result. */
export const format = 9;

/**
 * Makes a store the one of this configuration, if it belongs to none yet.
 * @returns the store for the run alone, and whether it belonged to none; or the first difference to the configuration that it
 * belongs to, in words
 * @throws {DamagedError} if it cannot be told whose it is
 */
export async function claim(
  store: Store,
  configuration: Configuration,
): Promise<{ store: RunStore; isNew: boolean } | { difference: string }> {
  const there = await readConfiguration(store);
  const difference = there && firstDifference(there, configuration);
  if (difference !== undefined) return { difference };
  const own = new RunStore(store, await runOf(there ?? configuration));
  // Another run may have been quicker.
  if (!there && !(await createJson(own, "run.json", { configuration }))) return claim(store, configuration);
  return { store: own, isNew: !there };
}

/**
 * The configuration of the run that a store belongs to; undefined if it belongs to none.
 * @throws {DamagedError} if it cannot be told
 */
export async function readConfiguration(store: Store): Promise<Configuration | undefined> {
  try {
    return (await readJson<{ configuration: Configuration }>(store, "run.json"))?.configuration;
  } catch (error) {
    // Without it nothing else there can be trusted.
    if (!(error instanceof DamagedError)) throw error;
    throw new DamagedError(error.key, error.reason, "start afresh, with another store");
  }
}

/** The mark of a run, by which its files know each other: 16 hexadecimal digits. */
export async function runOf(configuration: Configuration): Promise<string> {
  // What is not set may be left out.
  const set = Object.entries(configuration).filter(([, value]) => value !== null);
  return (await sha256(JSON.stringify(set.sort(([a], [b]) => (a < b ? -1 : 1))))).slice(0, 16);
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
