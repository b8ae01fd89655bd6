import type { Weights } from "../../engine/weights.js";
import { bestSoFar, type FinetuneCheckpoint } from "../../finetune/checkpoint.js";
import { DamagedError } from "../errors.js";
import type { EpochRow } from "../results.js";
import { readTensors, writeTensors, writeText, type Store } from "../store/store.js";

export const checkpointKey = "checkpoint.safetensors";
export const bestKey = "best.safetensors";

/**
 * The weights of a trial's best epoch so far.
 * @throws {DamagedError} if its store has lost them
 */
export async function bestWeights(store: Store): Promise<Weights> {
  const lost = (key: string, reason: string): DamagedError =>
    new DamagedError(key, reason, "delete the result.json beside it and run again, which trains it anew");
  try {
    const best = (await readTensors(store, bestKey))?.weights;
    const stored = best ? undefined : await readCheckpoint(store);
    const weights = best ?? (stored && bestSoFar(stored.checkpoint));
    if (weights) return weights;
  } catch (error) {
    if (error instanceof DamagedError) throw lost(error.key, error.reason);
    throw error;
  }
  throw lost(store.where?.(bestKey) ?? bestKey, "it is missing");
}

/** One line per epoch, for people to follow; nothing reads it back. */
export function writeMetrics(store: Store, history: readonly EpochRow[]): Promise<void> {
  return writeText(store, "metrics.jsonl", history.map((m) => `${JSON.stringify(m)}\n`).join(""));
}

/** The tensors as they are; what is not a tensor goes into the file's metadata. */
export async function writeCheckpoint(
  store: Store,
  { tensors, json }: FinetuneCheckpoint,
  seconds: number,
): Promise<void> {
  await writeTensors(store, checkpointKey, tensors, { checkpoint: JSON.stringify(json), seconds: String(seconds) });
}

export async function readCheckpoint(
  store: Store,
): Promise<{ checkpoint: FinetuneCheckpoint; seconds: number } | undefined> {
  const stored = await readTensors(store, checkpointKey);
  if (!stored) return undefined;
  const json = JSON.parse(stored.metadata["checkpoint"] ?? "null") as FinetuneCheckpoint["json"];
  return { checkpoint: { tensors: stored.weights, json }, seconds: Number(stored.metadata["seconds"]) };
}
