import type { CacheSpace } from "../data/cached-values.js";
import { DataError } from "../given/errors.js";
import { runSamples, type RunOptions } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import { unitCount, unitsOf } from "../data/targets.js";
import type { Engine } from "../engine/engine.js";
import { withSession } from "../engine/with-session.js";
import type { Backbone } from "./backbone.js";
import { fitted, requireFinite } from "./fit.js";

/**
 * The frozen backbone's features of every sample, [N, h], with its weights as constants (the runtime's fast path).
 * @param options.set whose samples they are, for messages: `training`
 * @throws {Error} if the samples are not what the backbone takes, a batch has not a row for each of its samples, or a feature
 * is not finite
 */
export async function extractFeatures(
  engine: Engine,
  backbone: Backbone,
  samples: Samples,
  options: RunOptions & { set?: string } = {},
): Promise<Float32Array> {
  const features = new Float32Array(unitCount(samples.targets) * backbone.width);
  await extractFeaturesInto(engine, backbone, samples, features, options);
  return features;
}

/** The same into a space that has room for them, batch by batch. */
export async function extractFeaturesInto(
  engine: Engine,
  backbone: Backbone,
  samples: Samples,
  space: Pick<CacheSpace, "set">,
  { set, ...options }: RunOptions & { set?: string } = {},
): Promise<void> {
  const own = await fitted(backbone, samples, set);
  const { width } = backbone;
  await withSession(engine, backbone.model, (session) =>
    runSamples(session, own, options, {
      features: (indices, values) => {
        const units = unitsOf(own.targets, indices);
        if (values.length !== units.length * width)
          throw new DataError(
            `a batch of ${set ?? "given"} samples has ${values.length / width} rows where ${units.length} are due; make feeds return one for each index that it is given`,
          );
        units.forEach((unit, i) => {
          const row = values.subarray(i * width, (i + 1) * width);
          requireFinite(backbone, row, set, unit);
          space.set(row, unit * width);
        });
      },
    }),
  );
}
