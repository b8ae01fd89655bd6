import { Breather } from "../engine/breather.js";
import type { Session } from "../engine/session.js";
import { upTo, type Samples } from "./samples.js";

export interface RunOptions {
  /** Samples per run. Default 64. */
  batch?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Every float output of the session for every sample, [N, …] each, in the samples' order whatever the batches. */
export async function runSamples(
  session: Session,
  samples: Pick<Samples, "count" | "batches" | "feeds">,
  { batch = 64, onProgress, signal }: RunOptions = {},
): Promise<Record<string, Float32Array>> {
  const breather = new Breather();
  const results: Record<string, Float32Array> = {};
  for (const name of session.outputNames) results[name] = new Float32Array(0);
  let done = 0;
  for (const indices of samples.batches(upTo(samples.count), batch)) {
    signal?.throwIfAborted();
    const outputs = await session.run(await samples.feeds(indices));
    for (const name of session.outputNames) {
      const data = outputs[name]!.data as Float32Array;
      const width = data.length / indices.length;
      if (done === 0) results[name] = new Float32Array(samples.count * width);
      const all = results[name]!;
      indices.forEach((index, i) => all.set(data.subarray(i * width, (i + 1) * width), index * width));
    }
    done += indices.length;
    onProgress?.(done, samples.count);
    await breather.breathe();
  }
  return results;
}
