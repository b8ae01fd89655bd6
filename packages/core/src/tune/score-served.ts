import { rows as cached } from "../data/cached-values.js";
import type { TypedInput } from "../backbone/modality.js";
import type { Samples } from "../data/samples.js";
import { meterOf } from "../objectives/meter.js";
import type { Meter, Objective } from "../objectives/objective.js";
import type { Job, TuneSet } from "./job.js";
import { beginTask, warn } from "./progress.js";

/** An exported model. */
export interface ServedFile {
  readonly bytes: Uint8Array;
  readonly inputs: readonly TypedInput[];
  /** Where it wants so many threads (`addsRows`), whatever the job has. */
  readonly threads?: number;
}

export interface Served {
  readonly meter: Meter;
  /** Whether its outputs are: where one is NaN, nothing can be made of them. */
  readonly isNumbers: boolean;
}

/** What the exported file makes of the samples as it takes them, in the objective's unit. What is no number is told. */
export async function scoreServed<Source>(
  { modality, data, threads, onProgress, signal }: Job<Source>,
  { bytes, inputs, threads: own }: ServedFile,
  { source }: TuneSet<Source>,
  { count: total, targets }: Samples,
  label: string,
): Promise<Served> {
  const { engine, objective } = data;
  const session = await engine.processor.session(bytes, { threads: own ?? threads });
  const task = beginTask(onProgress, label, total, modality.name);
  const meter = meterOf(objective, targets);
  let isNumbers = true;
  try {
    let done = 0;
    for await (const batch of modality.servedBatches(source, engine, inputs)) {
      const { count, indices, feeds, rows, targets: judged } = batch;
      signal?.throwIfAborted();
      const outputs = await session.run(feeds);
      const given = outputs["logits"]!.data as Float32Array;
      const logits = inUnitOf(objective, rows ? cached(given, objective.outputs, rows) : given);
      const own = indices ?? Array.from({ length: count }, (_, i) => done + i);
      const wrong = isNumbers ? logits.findIndex(Number.isNaN) : -1;
      if (wrong >= 0) {
        isNumbers = false;
        const sample = targets.starts
          ? "one of these samples"
          : `sample ${own[Math.floor((wrong * own.length) / logits.length)]}`;
        warn(
          onProgress,
          `${label}: the outputs of ${sample} are NaN, so that there is no score; look at what it feeds`,
        );
      }
      meter.add(own, { logits }, judged);
      task.update((done += count));
    }
  } finally {
    task.end();
    await session.release();
  }
  return { meter, isNumbers };
}

/** The user's numbers, standardised as the targets are. */
function inUnitOf({ scale, outputs }: Objective, logits: Float32Array): Float32Array {
  return scale ? logits.map((q, i) => (q - scale.mean[i % outputs]!) / scale.deviation[i % outputs]!) : logits;
}
