import { Breather } from "../engine/breather.js";
import type { Feeds, Session } from "../engine/session.js";
import { Ahead } from "./ahead.js";
import { batchesOf, upTo, type Samples } from "./samples.js";
import { unitCount, unitsOf } from "./targets.js";

export interface RunOptions {
  /** Samples per run. Default 64. */
  batch?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Takes what one batch gives: row i of `rows` is of the sample `indices[i]`, or of the unit `unitsOf(targets, indices)[i]`. */
export type TakeRows = (indices: readonly number[], rows: Float32Array) => void;

/**
 * Every float output of the session for every sample, [N, …] each, in the samples' order whatever the batches; where samples
 * have units, for every unit, in their order.
 * @param taken outputs that are handed on batch by batch and not kept
 */
export async function runSamples(
  session: Session,
  samples: Pick<Samples, "count" | "targets" | "batches" | "feeds">,
  { batch = 64, onProgress, signal }: RunOptions = {},
  taken: Readonly<Record<string, TakeRows>> = {},
): Promise<Record<string, Float32Array>> {
  const breather = new Breather();
  const results: Record<string, Float32Array> = {};
  const kept = session.outputNames.filter((name) => !taken[name]);
  const { targets } = samples;
  for (const name of kept) results[name] = new Float32Array(0);
  let done = 0;
  const order = batchesOf(samples, upTo(samples.count), batch);
  const fed = new Ahead(order.length, (i) => samples.feeds(order[i]!));
  for (const [i, indices] of order.entries()) {
    signal?.throwIfAborted();
    const outputs = await session.run(await fed.take(i), undefined, () => fed.begin(i + 1));
    for (const [name, take] of Object.entries(taken)) take(indices, outputs[name]!.data as Float32Array);
    for (const name of kept) {
      const { data, dims } = outputs[name]!;
      const width = dims.slice(1).reduce((size, d) => size * d, 1);
      if (done === 0) results[name] = new Float32Array(unitCount(targets) * width);
      const all = results[name]!;
      const units = unitsOf(targets, indices);
      units.forEach((unit, i) => all.set((data as Float32Array).subarray(i * width, (i + 1) * width), unit * width));
    }
    done += indices.length;
    onProgress?.(done, samples.count);
    await breather.breathe();
  }
  return results;
}

/**
 * Two sessions on the same samples, batch by batch: nothing is kept.
 * @param take what both make of the samples of these indices; row i is of `indices[i]`
 */
export async function runBoth(
  [first, second]: readonly [Session, Session],
  samples: Pick<Samples, "count" | "batches" | "feeds">,
  { batch = 64, signal }: Pick<RunOptions, "batch" | "signal">,
  take: (indices: readonly number[], first: Feeds, second: Feeds) => void,
): Promise<void> {
  const breather = new Breather();
  const order = batchesOf(samples, upTo(samples.count), batch);
  const fed = new Ahead(order.length, (i) => samples.feeds(order[i]!));
  for (const [i, indices] of order.entries()) {
    signal?.throwIfAborted();
    const feeds = await fed.take(i);
    take(indices, await first.run(feeds, undefined, () => fed.begin(i + 1)), await second.run(feeds));
    await breather.breathe();
  }
}
