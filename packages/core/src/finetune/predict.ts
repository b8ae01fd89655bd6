import type { Model } from "@taskhead/autograd";
import { runSamples, type RunOptions } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import { withWeights, type Weights } from "../engine/weights.js";
import { withSession } from "../engine/with-session.js";

/** What a network says of every sample. */
export interface Predictions {
  /** [N, k] */
  logits: Float32Array;
  /** [N, h] */
  features: Float32Array;
}

/**
 * Runs a headed backbone (`withHead`, or what `splitFrozen` leaves of it) with these weights as constants over each set of
 * samples, in a session of its own that is released afterwards.
 */
export async function predict(
  engine: Engine,
  headed: Model,
  weights: Weights,
  sets: readonly Samples[],
  options: RunOptions = {},
): Promise<Predictions[]> {
  return withSession(engine, withWeights(headed, weights), async (session) => {
    const predictions: Predictions[] = [];
    for (const samples of sets) {
      const { logits, features } = await runSamples(session, samples, options);
      predictions.push({ logits: logits!, features: features! });
    }
    return predictions;
  });
}
