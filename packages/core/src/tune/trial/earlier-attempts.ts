import type { FailedAttempt } from "../../finetune/lowering.js";
import { unlessDamaged, type OnProgress } from "../progress.js";
import type { EpochRow } from "../results.js";
import { readJson, writeJson, type Store } from "../store/store.js";

/** A trial's run at a rate that was found and proved too high: the trial began again at a third of it. */
export interface EarlierAttempt extends FailedAttempt {
  readonly epochs: readonly EpochRow[];
  /** What the trial had taken by its end. */
  readonly seconds: number;
}

const key = "attempts.json";

/** Of this trial, in order. */
export async function readAttempts(store: Store, onProgress: OnProgress | undefined): Promise<EarlierAttempt[]> {
  const stored = await unlessDamaged(onProgress, readJson<{ attempts: EarlierAttempt[] }>(store, key));
  return stored?.attempts ?? [];
}

export function writeAttempts(store: Store, attempts: readonly EarlierAttempt[]): Promise<void> {
  return writeJson(store, key, { attempts });
}

/**
 * The attempt that stood for its trial at a rung: the first to come past it. What was decided there stays decided, also
 * where the job is stopped and goes on after a later attempt has begun.
 */
export function standingAt(attempts: readonly EarlierAttempt[], rung: number): EarlierAttempt | undefined {
  return attempts.find(({ epoch }) => epoch > rung);
}
