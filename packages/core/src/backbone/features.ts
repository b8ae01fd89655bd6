import type { CacheSpace } from "../data/cached-values.js";
import { runSamples, type RunOptions } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import { unitsOf } from "../data/targets.js";
import type { Engine } from "../engine/engine.js";
import { withSession } from "../engine/with-session.js";
import type { Backbone } from "./backbone.js";
import { fitted, requireFinite } from "./fit.js";

/**
 * The frozen backbone's features of every sample, [N, h], with its weights as constants (the runtime's fast path).
 * @param options.set whose samples they are, for messages: `training`
 * @throws {Error} if the samples are not what the backbone takes, or a feature is not finite
 */
export async function extractFeatures(
  engine: Engine,
  backbone: Backbone,
  samples: Samples,
  { set, ...options }: RunOptions & { set?: string } = {},
): Promise<Float32Array> {
  const own = await fitted(backbone, samples, set);
  return withSession(engine, backbone.model, async (session) => {
    const { features } = await runSamples(session, own, options);
    requireFinite(backbone, features!, set);
    return features!;
  });
}

/** The same into a space that has room for them, batch by batch. */
export async function extractFeaturesInto(
  engine: Engine,
  backbone: Backbone,
  samples: Samples,
  space: CacheSpace,
  { set, ...options }: RunOptions & { set?: string } = {},
): Promise<void> {
  const own = await fitted(backbone, samples, set);
  const { width } = backbone;
  await withSession(engine, backbone.model, (session) =>
    runSamples(session, own, options, {
      features: (indices, values) =>
        unitsOf(own.targets, indices).forEach((unit, i) => {
          const row = values.subarray(i * width, (i + 1) * width);
          requireFinite(backbone, row, set, unit);
          space.set(row, unit * width);
        }),
    }),
  );
}
