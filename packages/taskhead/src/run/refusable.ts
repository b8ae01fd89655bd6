import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "@taskhead/core";
import type { Configuration } from "@taskhead/core/internals";
import { claimRunFolder, runKey } from "./run-folder.js";

/** Makes a folder the one of a run, as `openRunFolder` does. */
export type OpenRun = (path: string, configuration: Configuration) => Promise<Store>;

/**
 * Does work in run folders that it opens. Where it is refused before anything was kept, folders that were no run's before are
 * none's again: the next try may ask for something else.
 * @param signal what stops the work, which then goes on with the same command
 */
export async function refusable<T>(signal: AbortSignal | undefined, work: (open: OpenRun) => Promise<T>): Promise<T> {
  const claimed: { path: string; isMade: boolean }[] = [];
  const open: OpenRun = async (path, configuration) => {
    const { store, isNew, isMade } = await claimRunFolder(path, configuration);
    if (isNew) claimed.push({ path, isMade });
    return store;
  };
  try {
    return await work(open);
  } catch (error) {
    if (!signal?.aborted) for (const { path, isMade } of claimed.toReversed()) await giveBack(path, isMade);
    throw error;
  }
}

/** Unless something was kept in it. */
async function giveBack(path: string, isMade: boolean): Promise<void> {
  if ((await readdir(path)).join() !== runKey) return;
  await rm(join(path, runKey));
  if (isMade) await rmdir(path);
}
