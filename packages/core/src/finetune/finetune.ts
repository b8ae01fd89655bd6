import { layoutOf, type Backbone } from "../backbone/backbone.js";
import { unitCount } from "../data/targets.js";
import { hearing } from "../given/hearing.js";
import { linearHead } from "../heads/index.js";
import { meanNorm } from "../measures/adaptation.js";
import { requireTask, type Data } from "../probe/data.js";
import { copyCheckpoint } from "./checkpoint.js";
import { usualClipNorm } from "./clip-norm.js";
import { runStart } from "./collapse.js";
import { featuresBefore } from "./features-before.js";
import { requireFinetuneOptions } from "./require-options.js";
import { lowerUntilSound } from "./lowering.js";
import type { FinetuneOptions, FinetuneResult, RunOptions } from "./options.js";
import { searchRate } from "./rate.js";
import { finetuneOrPause } from "./run.js";

/**
 * Fine-tuning: trains backbone and head together from (B_0, v_tau) by one training-step graph, with hard labels. A rate that
 * was found and makes the run diverge or collapse is lowered, and the run begins again.
 * @throws {DivergedError} with the epoch, if the loss stops being finite, or an epoch's mean is ten times the loss of both
 * the first batch and a guess (ln k for classes); Error for an option that is none or not of its kind.
 */
export async function finetune(backbone: Backbone, data: Data, options: FinetuneOptions): Promise<FinetuneResult> {
  requireTask(backbone, data);
  requireFinetuneOptions(options);
  const { onStep, onEpoch } = options;
  return hearing({ onStep, onEpoch }, (heard) => finetuneHeard(backbone, data, { ...options, ...heard }));
}

async function finetuneHeard(backbone: Backbone, data: Data, options: FinetuneOptions): Promise<FinetuneResult> {
  const {
    batch = 64,
    seed = 0,
    epochs = 10,
    learningRate: asked = "auto",
    clipNorm = usualClipNorm,
    ...rest
  } = options;
  const { head, architecture: kind = linearHead() } = options;
  requireBefore(backbone, data, options.before);
  const before = options.before ?? (await featuresBefore(backbone, data));
  const clipping = clipNorm === "none" ? {} : { clipNorm };
  const settled = { ...rest, ...clipping, batch, seed, epochs, before };
  const found = asked === "auto";
  const schedule = options.schedule ?? (found ? ({ kind: "linear", warmup: 0.05 } as const) : undefined);
  const { checkpoint, onCheckpoint, signal } = options;
  const keeping: Pick<RunOptions, "onCheckpoint"> = onCheckpoint
    ? { onCheckpoint: (made, why) => onCheckpoint(copyCheckpoint(made), why) }
    : {};
  const headInputNorm = options.headInputNorm ?? meanNorm(before.train, layoutOf(backbone));
  const learningRate = found
    ? checkpoint
      ? Number(checkpoint.json.run["learning rate"])
      : (await searchRate(backbone, data, settled, { headInputNorm, signal })).rate
    : asked;
  const start = options.start ?? (await runStart(data, { kind, head, width: backbone.width }, before));
  const result = await lowerUntilSound({ learningRate, found, checkpoint }, (attempt) =>
    finetuneOrPause(backbone, data, {
      ...settled,
      ...keeping,
      schedule,
      start,
      ...attempt,
      checkpoint: attempt.checkpoint,
    }),
  );
  return { ...result!, after: result!.after! };
}

function requireBefore({ width }: Backbone, data: Data, before: FinetuneOptions["before"]): void {
  for (const set of before ? (["train", "validation"] as const) : []) {
    const wanted = unitCount(data[set].targets) * width;
    if (before![set].length !== wanted)
      throw new Error(
        `before.${set} holds ${before![set].length} numbers, but z_0 of that set has ${wanted}; give probing.features`,
      );
  }
}
