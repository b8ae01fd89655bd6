import { runSamples, type RunOptions } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
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
    requireFinite(features!, backbone.width, set);
    return features!;
  });
}
