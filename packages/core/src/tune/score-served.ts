import { rows as cached } from "../data/cached-values.js";
import type { TypedInput } from "../backbone/modality.js";
import type { Samples } from "../data/samples.js";
import { unitCount } from "../data/targets.js";
import type { Objective } from "../objectives/objective.js";
import type { Job, TuneSet } from "./job.js";
import { beginTask } from "./progress.js";

/** An exported model. */
export interface ServedFile {
  readonly bytes: Uint8Array;
  readonly inputs: readonly TypedInput[];
  /** Where it wants so many threads (`addsRows`), whatever the job has. */
  readonly threads?: number;
}

/** The exported file's logits on the samples as it takes them, [N, k], in the objective's unit. */
export async function scoreServed<Source>(
  { modality, data, threads, onProgress, signal }: Job<Source>,
  { bytes, inputs, threads: own }: ServedFile,
  { source }: TuneSet<Source>,
  { count: total, targets }: Samples,
  label: string,
): Promise<Float32Array> {
  const { engine, objective } = data;
  const session = await engine.processor.session(bytes, { threads: own ?? threads });
  const task = beginTask(onProgress, label, total, modality.name);
  const logits = new Float32Array(unitCount(targets) * objective.outputs);
  try {
    let done = 0;
    let at = 0;
    for await (const { count, feeds, rows } of modality.servedBatches(source, engine, inputs)) {
      signal?.throwIfAborted();
      const outputs = await session.run(feeds);
      const given = outputs["logits"]!.data as Float32Array;
      const own = rows ? cached(given, objective.outputs, rows) : given;
      logits.set(own, at);
      at += own.length;
      task.update((done += count));
    }
  } finally {
    task.end();
    await session.release();
  }
  return inUnitOf(objective, logits);
}

/** The user's numbers, standardised as the targets are. */
function inUnitOf({ scale, outputs }: Objective, logits: Float32Array): Float32Array {
  return scale ? logits.map((q, i) => (q - scale.mean[i % outputs]!) / scale.deviation[i % outputs]!) : logits;
}
