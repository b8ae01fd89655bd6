import type { Attempt } from "../../finetune/lowering.js";
import type { EpochRow, TuneRow } from "../results.js";
import { readTrace, tracedUntil, writeTrace, type Trace } from "../trace.js";
import type { Running } from "./running.js";

/** Where the attempt goes on from: what was traced to its checkpoint. */
export async function beginTrace(
  { job, store }: Running,
  { checkpoint }: Attempt,
  epochs: readonly EpochRow[],
  { rate, perEpoch, seconds }: { rate: number | null; perEpoch: number; seconds: () => number },
): Promise<Trace> {
  const kept = checkpoint && (await readTrace(store, job.onProgress));
  const began = kept?.began ?? Date.now() - 1000 * seconds();
  return { began, learningRate: rate, perEpoch, steps: tracedUntil(kept, checkpoint?.json.step ?? 0), epochs };
}

/** Of a trial that was finished before, its epochs alone where its steps are not kept. */
export async function finishedTrace(
  { job, store }: Running,
  { epochs, learningRate, seconds }: TuneRow,
): Promise<Trace> {
  const kept = await readTrace(store, job.onProgress);
  const perEpoch = Math.ceil(job.data.train.count / job.settings.batch);
  const began = Date.now() - 1000 * (seconds ?? 0);
  return kept ?? { began, learningRate, perEpoch, steps: tracedUntil(undefined, epochs.length * perEpoch), epochs };
}

/** Keeps the trace of an attempt that is over. */
export async function endTrace({ job, trial, store }: Running, trace: Trace | null): Promise<void> {
  if (!trace) return;
  await writeTrace(store, trace);
  job.follower?.trained(trial.tau, trace, "end");
}
