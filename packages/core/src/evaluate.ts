import type { Model } from "@taskhead/autograd";
import type { Backbone } from "./backbone.js";
import type { Engine } from "./engine.js";
import { runImages, withSession, type ExtractOptions } from "./features.js";
import type { Images } from "./images.js";
import { withWeights, type Weights } from "./weights.js";

/** What a network says of every image. */
export interface Predictions {
  /** [N, k] */
  logits: Float32Array;
  /** [N, h] */
  features: Float32Array;
}

/**
 * Runs a headed backbone (`withHead`) with these weights as constants over each set of images, in a session of its own
 * that is released afterwards.
 */
export async function predict(
  engine: Engine,
  backbone: Backbone,
  headed: Model,
  weights: Weights,
  sets: readonly Images[],
  options: ExtractOptions = {},
): Promise<Predictions[]> {
  return withSession(engine, withWeights(headed, weights), async (session) => {
    const predictions: Predictions[] = [];
    for (const images of sets) {
      const { logits, features } = await runImages(engine, session, backbone, images, options);
      predictions.push({ logits: logits!, features: features! });
    }
    return predictions;
  });
}
