import type { Tau } from "../../probe/taus.js";
import type { TuneRow } from "../results.js";
import type { Settings } from "../settings/index.js";
import type { Store } from "../store/store.js";

/** One fine-tuning: plain values, as it may run in another process or on another machine. */
export interface TrialSpec {
  readonly tau: Tau;
  /** null where nothing is trained after probing. */
  readonly learningRate: number | null;
  readonly settings: Settings;
}

/** What a trial came to; while it waits for more epochs, `stopped`. */
export type TrialResult = TuneRow;

/**
 * Trains a trial on to an epoch, from where its store says it stands; finished before, it is read.
 * @param epochs the epoch to stop at, ready to go on
 * @param store for this trial alone: `checkpoint.safetensors` `metrics.jsonl` `trace.safetensors` `best.safetensors`
 * `result.json`, and `attempts.json` where a rate was lowered
 */
export type RunTrial = (trial: TrialSpec, epochs: number, store: Store) => Promise<TrialResult>;
