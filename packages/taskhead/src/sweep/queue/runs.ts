import type { Store } from "@taskhead/core";
import { claim, type Configuration, type RunStore } from "@taskhead/core/internals";
import { UserError } from "../../files/errors.js";

/** Where a shared store keeps what belongs to a sweep: under the mark of its configuration, so that none meets another's. */
const placeOf = (run: string): string => `runs/${run}`;

/** The place of a sweep, made its own. @throws {UserError} if another configuration has it */
export async function claimRun(store: Store, run: string, configuration: Configuration): Promise<RunStore> {
  const claimed = await claim(store.within(placeOf(run)), configuration);
  if ("store" in claimed) return claimed.store;
  throw new UserError(
    `the store has another sweep under ${placeOf(run)} (${claimed.difference}); give another --store`,
  );
}

/**
 * The place of a sweep, for a worker.
 * @param configuration what this worker has: settings, versions, content of data and models
 * @param contents what the sweep has of those contents
 * @throws {UserError} if there is none, or the worker has something else; it names the first difference
 */
export async function joinRun(
  store: Store,
  run: string,
  configuration: Configuration,
  contents: Readonly<Record<string, string>>,
): Promise<RunStore> {
  const other = Object.keys(contents).find((name) => configuration[name] !== contents[name]);
  if (other !== undefined)
    throw new UserError(`the ${other} is another here than where the sweep began; give the worker the same files`);
  const own = store.within(placeOf(run));
  if (!(await own.read("run.json")))
    throw new UserError(`the store has no sweep ${run}; give the worker the --store of the sweep`);
  const claimed = await claim(own, configuration);
  if ("store" in claimed) return claimed.store;
  throw new UserError(`the sweep differs from this worker: ${claimed.difference}; install the same versions on both`);
}

/** What of a configuration is content of files. */
export function contentsOf(configuration: Configuration): Record<string, string> {
  const named = Object.entries(configuration).filter(
    ([name, value]) => name.startsWith("content of ") && value !== null,
  );
  return Object.fromEntries(named.map(([name, value]) => [name, String(value)]));
}
