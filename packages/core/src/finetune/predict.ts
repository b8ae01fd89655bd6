import type { Model } from "@taskhead/autograd";
import { runSamples, type RunOptions, type TakeRows } from "../data/run-samples.js";
import type { Samples } from "../data/samples.js";
import type { Data } from "../probe/data.js";
import { meterOf } from "../objectives/meter.js";
import type { Meter } from "../objectives/objective.js";
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

/**
 * What each set of samples gets, measured batch by batch. Features are not kept, and not even computed where nobody takes
 * them: of a network with reinitialised blocks they are activations at a cut, far more numbers than logits.
 * @param taking who takes the features of a set, by its place among the sets
 */
export async function measureSets(
  { engine, objective }: Pick<Data, "engine" | "objective">,
  headed: Model,
  weights: Weights,
  sets: readonly Samples[],
  taking?: (set: number) => TakeRows,
  options: RunOptions = {},
): Promise<Meter[]> {
  const { graph } = headed;
  const outputs = graph.outputs.filter(({ name }) => name === "logits" || taking);
  const model = withWeights({ ...headed, graph: { ...graph, outputs } }, weights);
  return withSession(engine, model, async (session) => {
    const meters: Meter[] = [];
    for (const [i, samples] of sets.entries()) {
      const meter = meterOf(objective, samples.targets);
      await runSamples(session, samples, options, {
        logits: (indices, logits) => meter.add(indices, { logits }),
        ...(taking ? { features: taking(i) } : {}),
      });
      meters.push(meter);
    }
    return meters;
  });
}
