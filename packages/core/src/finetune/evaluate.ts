import type { Model } from "@taskhead/autograd";
import type { Engine } from "../engine/engine.js";
import { runInputs, withSession, type ExtractOptions } from "../backbone/features.js";
import type { Inputs } from "../data/inputs.js";
import { withWeights, type Weights } from "../engine/weights.js";

/** What a network says of every sample. */
export interface Predictions {
  /** [N, k] */
  logits: Float32Array;
  /** [N, h] */
  features: Float32Array;
}

/**
 * Runs a headed backbone (`withHead`, or what `freezeFrozen` leaves of it) with these weights as constants over each set
 * of samples, in a session of its own that is released afterwards.
 */
export async function predict(
  engine: Engine,
  headed: Model,
  weights: Weights,
  sets: readonly Inputs[],
  options: ExtractOptions = {},
): Promise<Predictions[]> {
  return withSession(engine, withWeights(headed, weights), async (session) => {
    const predictions: Predictions[] = [];
    for (const inputs of sets) {
      const { logits, features } = await runInputs(session, inputs, options);
      predictions.push({ logits: logits!, features: features! });
    }
    return predictions;
  });
}
