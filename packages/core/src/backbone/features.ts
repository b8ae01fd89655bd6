import { runSamples, type RunOptions } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import { withSession } from "../engine/with-session.js";
import type { Backbone } from "./backbone.js";
import { fitted } from "./fit.js";

/** The frozen backbone's features of every sample, [N, h], with its weights as constants (the runtime's fast path). */
export async function extractFeatures(
  engine: Engine,
  backbone: Backbone,
  samples: Samples,
  options: RunOptions = {},
): Promise<Float32Array> {
  const own = await fitted(backbone, samples);
  return withSession(engine, backbone.model, async (session) => (await runSamples(session, own, options))["features"]!);
}
