import type { Store } from "@taskhead/core";
import { type OnProgress, readJson, unlessDamaged, writeJson } from "@taskhead/core/internals";
import type { SweepTrial } from "../../report/sweep/index.js";

/** What a job came to stands in the store of its run, which is the truth: what is in Redis may be lost. */
const keyOf = (job: string): string => `results/${job}.json`;

/** @returns undefined while it is not done, and of what was damaged, which is told */
export async function readResult(trials: Store, job: string, onProgress?: OnProgress): Promise<SweepTrial | undefined> {
  return (await unlessDamaged(onProgress, readJson<{ trial: SweepTrial }>(trials, keyOf(job))))?.trial;
}

export function writeResult(trials: Store, job: string, trial: SweepTrial): Promise<void> {
  return writeJson(trials, keyOf(job), { trial });
}
