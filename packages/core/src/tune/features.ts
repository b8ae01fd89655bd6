import { extractFeatures } from "../backbone/features.js";
import { unitCount } from "../data/targets.js";
import { beginTask, unlessDamaged } from "./progress.js";
import type { Job } from "./job.js";
import { featuresName } from "./network.js";
import { SettingError } from "./settings/index.js";
import { readTensors, writeTensors } from "./store.js";

/**
 * z_0 of a set of samples, [N, …]: what the frozen backbone, up to the blocks that start afresh, makes of it. Computed once
 * per model, data and preprocessing, then read.
 * @throws {SettingError} if that is more than memory allows
 */
export async function cachedFeatures(
  { network, data, modality, settings, cache, memoryBytes, onProgress, signal }: Job,
  set: "train" | "validation",
): Promise<Float32Array> {
  const { backbone, blocks } = network;
  const { map } = backbone;
  const samples = data[set];
  const label = set === "train" ? "training features" : "validation features";
  const size = unitCount(samples.targets) * backbone.width;
  // Features are small; the activations at a cut have positions too.
  if ((blocks || map) && 4 * size > memoryBytes)
    throw new SettingError(
      "memory",
      (named) =>
        `the ${label} at '${featuresName(network)}' take ${Math.ceil((4 * size) / 1e6)} MB, more than ${named("memory")} ${memoryBytes / 1e6}; raise it, ${blocks ? `take a smaller ${named(blocks.standIns ? "maxLength" : "size")}, or fewer ${named("reinitBlocks")}` : `or take a smaller ${named("size")}`}`,
    );
  const key = cache?.key(set, backbone.featureName);
  const stored = cache && (await unlessDamaged(onProgress, readTensors(cache.store, key!)));
  const known = stored?.weights.get("features");
  if (known?.length === size) return known;

  const task = beginTask(onProgress, label, samples.count, modality.name);
  try {
    const features = await extractFeatures(data.engine, backbone, samples, {
      set: set === "train" ? "training" : set,
      batch: settings.batch,
      onProgress: (done) => task.update(done),
      signal,
    });
    if (cache) await writeTensors(cache.store, key!, new Map([["features", features]]));
    return features;
  } finally {
    task.end();
  }
}
