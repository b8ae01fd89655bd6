import type { CachedValues } from "../data/cached-values.js";
import { meansOverPositions } from "../data/positions.js";
import { pickTargets } from "../data/targets.js";
import { doubtfulLabels } from "../measures/doubtful-labels.js";
import { outOfFold } from "../probe/out-of-fold.js";
import { sampleShape } from "../probe/probe-network.js";
import type { Job } from "./job.js";
import type { Network } from "./network.js";
import { beginTask, unlessDamaged } from "./progress.js";
import type { Probed } from "./probing.js";
import type { LabelsToCheck } from "./results.js";
import { readJson, writeJson } from "./store/store.js";

/** Each head is trained on four fifths of the samples, about as many as the probed head. */
const folds = 5;

/** As many as anyone looks through; they are told one by one. */
const mostListed = 1000;

type LabelJob<Source> = Pick<
  Job<Source>,
  "data" | "sets" | "outputs" | "settings" | "store" | "onProgress" | "signal"
> & { readonly network: Pick<Network, "blocks"> };

/**
 * The training samples whose label heads that were not trained on them doubt. They are linear heads on z_0, whatever the head
 * of the job is; below blocks that start afresh, on its means over positions: flattened it has so many numbers that few
 * samples could be afforded, and a linear head would learn where in a picture things are. Found before, it is read from the
 * store.
 * @returns null for several labels and for numbers, of which this is not offered
 */
export async function labelsToCheck<Source>(
  { network, data, sets, outputs, settings, store, onProgress, signal }: LabelJob<Source>,
  { before }: Pick<Probed, "before">,
): Promise<LabelsToCheck | null> {
  const { engine, objective, train, validation } = data;
  if (objective.name !== "classification") return null;
  const stored = await unlessDamaged(onProgress, readJson<LabelsToCheck>(store, "labels-to-check.json"));
  if (stored) return stored;
  const content = sets.train.content;
  const read = (values: CachedValues): CachedValues =>
    network.blocks
      ? meansOverPositions(values, sampleShape(network.blocks), { filled: network.blocks.standIns !== undefined })
      : values;
  const task = beginTask(onProgress, "labels to check", folds, "heads");
  try {
    const { logits, judged, strength } = await outOfFold({
      engine,
      objective,
      samples: { features: read(before.train), targets: train.targets },
      validation: { features: read(before.validation), targets: validation.targets },
      folds,
      seed: settings.seed,
      ...(content ? { keys: content.keys } : {}),
      ...(content?.groups ? { groups: content.groups } : {}),
      onFold: (done) => task.update(done),
      ...(signal ? { signal } : {}),
    });
    const targets = pickTargets(train.targets, judged);
    const found = doubtfulLabels({ logits, targets }, objective);
    const { energy, score } = objective.measure({ logits }, targets);
    const labels: LabelsToCheck = {
      folds,
      strength,
      judged: judged.length,
      score: finite(score),
      energy: finite(energy),
      doubted: found.length,
      list: found.slice(0, mostListed).map((one) => {
        const index = judged[one.index]!;
        const name = content?.names[index] ?? null;
        return { ...one, index, name, label: outputs[one.truth]!, predicted: outputs[one.answer]! };
      }),
    };
    await writeJson(store, "labels-to-check.json", labels);
    return labels;
  } finally {
    task.end();
  }
}

/** Of no samples there is no mean. */
function finite(mean: number): number | null {
  return Number.isFinite(mean) ? mean : null;
}
