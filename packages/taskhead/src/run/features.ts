import { createHash } from "node:crypto";
import { join } from "node:path";
import { extractFeatures } from "@taskhead/core";
import type { TuneOptions } from "../commands/options.js";
import { writeFileAtomic } from "../files/atomic.js";
import type { Progress } from "../terminal/progress.js";
import type { Prepared, PreparedSet } from "./prepare.js";
import { weightsFromFile, weightsToBytes } from "./tensors.js";

/** The frozen backbone's features of a set of images [N, h]: computed once per model, data and preprocessing, then read. */
export async function cachedFeatures(
  { engine, backbone, data, modelHash }: Prepared,
  set: PreparedSet,
  label: string,
  options: TuneOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Float32Array> {
  const key = [modelHash, set.fingerprint, data.preprocessing, backbone.featureName, options.batch, options.threads];
  const file = join(
    options.cache,
    "features",
    `${createHash("sha256").update(JSON.stringify(key)).digest("hex")}.safetensors`,
  );
  const size = set.images.count * backbone.width;
  const stored = readStored(file);
  if (stored?.length === size) return stored;

  const task = progress.task(label, set.images.count, "images");
  try {
    const features = await extractFeatures(engine, backbone, set.images, {
      batch: options.batch,
      onProgress: (done) => task.update(done),
      signal,
    });
    writeFileAtomic(file, weightsToBytes(new Map([["features", features]])));
    return features;
  } finally {
    task.end();
  }
}

/** A cache may be deleted or damaged at any time: then there is nothing stored. */
function readStored(file: string): Float32Array | undefined {
  try {
    return weightsFromFile(file)?.weights.get("features");
  } catch {
    return undefined;
  }
}
