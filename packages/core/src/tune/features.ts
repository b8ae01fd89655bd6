import { extractFeatures, extractFeaturesInto } from "../backbone/features.js";
import type { CachedValues } from "../data/cached-values.js";
import { unitCount } from "../data/targets.js";
import { beginTask, unlessDamaged } from "./progress.js";
import type { Job } from "./job.js";
import { featuresName } from "./network.js";
import type { RunOptions } from "../data/run-samples.js";
import { SettingError } from "./settings/index.js";
import { readTensors, writeTensors } from "./store/store.js";

/**
 * z_0 of a set of samples, [N, …]: what the frozen backbone, up to the blocks that start afresh, makes of it. Computed once
 * per model, data and preprocessing, then read. Maps, and activations at a cut, that take more than memory allows are spilled
 * for this job alone, if it has where.
 * @throws {SettingError} if it has not
 */
export async function cachedFeatures(job: Job, set: "train" | "validation"): Promise<CachedValues> {
  const { network, data, modality, settings, cache, memoryBytes, spill, onProgress, signal } = job;
  const { backbone, blocks } = network;
  const { map } = backbone;
  const samples = data[set];
  const label = set === "train" ? "training features" : "validation features";
  const units = unitCount(samples.targets);
  const size = units * backbone.width;
  const inMb = Math.ceil((4 * size) / 1e6);
  const computing = async <T>(compute: (running: RunOptions & { set: string }) => Promise<T>): Promise<T> => {
    const task = beginTask(onProgress, label, samples.count, modality.name);
    const running = { set: set === "train" ? "training" : set, batch: settings.batch, signal };
    try {
      return await compute({ ...running, onProgress: (done) => task.update(done) });
    } finally {
      task.end();
    }
  };
  const key = cache?.key(set, backbone.featureName);
  // Features are small; the activations at a cut have positions too.
  const beyond = (blocks !== null || map !== undefined) && 4 * size > memoryBytes;
  if (beyond && spill) {
    onProgress?.({
      kind: "message",
      text: `the ${label} take ${inMb} MB, more than ${memoryBytes / 1e6} MB of memory for them: they are kept on disk`,
    });
    return spill(key ?? `${set} ${backbone.featureName}`, { rows: units, width: backbone.width }, (space) =>
      computing((running) => extractFeaturesInto(data.engine, backbone, samples, space, running)),
    );
  }
  if (beyond)
    throw new SettingError(
      "memory",
      (named) =>
        `the ${label} at '${featuresName(network)}' take ${inMb} MB, more than ${named("memory")} ${memoryBytes / 1e6}; raise it, ${blocks ? `take a smaller ${named(blocks.standIns ? "maxLength" : "size")}, or fewer ${named("reinitBlocks")}` : `or take a smaller ${named("size")}`}`,
    );
  const stored = cache && (await unlessDamaged(onProgress, readTensors(cache.store, key!)));
  const known = stored?.weights.get("features");
  if (known?.length === size) return known;

  return computing(async (running) => {
    const features = await extractFeatures(data.engine, backbone, samples, running);
    if (cache) await writeTensors(cache.store, key!, new Map([["features", features]]));
    return features;
  });
}
