import { createHash } from "node:crypto";
import { join } from "node:path";
import { extractFeatures } from "@taskhead/core";
import type { TuneOptions } from "../options/options.js";
import { writeFileAtomic } from "../files/atomic.js";
import { UserError } from "../files/errors.js";
import type { Progress } from "../terminal/progress.js";
import type { Prepared, PreparedSet } from "./prepare.js";
import { weightsFromFile, weightsToBytes } from "./tensors.js";

/**
 * What the frozen backbone, or its part below the blocks that start afresh, makes of a set of images [N, …]: computed once
 * per model, data and preprocessing, then read.
 * @throws {UserError} if that is more than `--memory` allows
 */
export async function cachedFeatures(
  { engine, backbone: whole, split, data, modelHash }: Prepared,
  set: PreparedSet,
  label: string,
  options: TuneOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Float32Array> {
  const backbone = split?.lower ?? whole;
  const key = [modelHash, set.fingerprint, data.preprocessing, backbone.featureName, options.batch, options.threads];
  const file = join(
    options.cache,
    "features",
    `${createHash("sha256").update(JSON.stringify(key)).digest("hex")}.safetensors`,
  );
  const size = set.images.count * backbone.width;
  // Features are small; the activations at a cut have positions too.
  if (split && 4 * size > options.memory * 1e6)
    throw new UserError(
      `the ${label} at '${backbone.featureName}' take ${Math.ceil((4 * size) / 1e6)} MB, more than --memory ${options.memory}; raise it, take a smaller --size, or fewer --reinit-blocks`,
    );
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
