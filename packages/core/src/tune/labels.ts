import { pickTargets } from "../data/targets.js";
import { doubtfulLabels } from "../measures/doubtful-labels.js";
import { outOfFold } from "../probe/out-of-fold.js";
import type { Job } from "./job.js";
import { beginTask, unlessDamaged } from "./progress.js";
import type { Probed } from "./probing.js";
import type { LabelsToCheck } from "./results.js";
import { readJson, writeJson } from "./store.js";

/** Each head is trained on four fifths of the samples, about as many as the probed head. */
const folds = 5;

/** As many as anyone looks through; they are told one by one. */
const mostListed = 1000;

/**
 * The training samples whose label heads that were not trained on them doubt. They are linear heads on z_0, whatever the head
 * of the job is. Found before, it is read from the store.
 * @returns null for several labels and for numbers, of which this is not offered
 */
export async function labelsToCheck<Source>(
  { data, sets, outputs, settings, store, onProgress, signal }: Job<Source>,
  { before }: Pick<Probed, "before">,
): Promise<LabelsToCheck | null> {
  const { engine, objective, train, validation } = data;
  if (objective.name !== "classification") return null;
  const stored = await unlessDamaged(onProgress, readJson<LabelsToCheck>(store, "labels-to-check.json"));
  if (stored) return stored;
  const content = sets.train.content;
  const task = beginTask(onProgress, "labels to check", folds, "heads");
  try {
    const { logits, judged, strength } = await outOfFold({
      engine,
      objective,
      samples: { features: before.train, targets: train.targets },
      validation: { features: before.validation, targets: validation.targets },
      folds,
      seed: settings.seed,
      ...(content ? { keys: content.keys } : {}),
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
