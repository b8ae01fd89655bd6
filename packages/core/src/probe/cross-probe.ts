import { parameter } from "../heads/head.js";
import { linearHead } from "../heads/linear.js";
import { pickTargets, targetCount } from "../data/targets.js";
import type { Groups } from "../data/deal-groups.js";
import { split } from "../data/split.js";
import { rows, type CachedValues } from "../data/cached-values.js";
import type { Engine } from "../engine/engine.js";
import type { Weights } from "../engine/weights.js";
import type { Objective } from "../objectives/objective.js";
import { probeCached } from "./probe-cached.js";
import type { CachedSet } from "./probe-evaluation.js";

export interface CrossProbeOptions {
  engine: Engine;
  objective: Objective;
  /** Features [N, h] with their targets. */
  samples: CachedSet;
  /** h */
  width: number;
  epochs: number;
  batch: number;
  seed: number;
  /** Equal for samples of one group, which stay in one half. Default: no groups. */
  groups?: Groups;
  signal?: AbortSignal;
}

/** How good features are for a task, on samples that the head was not trained on. */
export interface CrossProbed {
  /** The objective's score over all samples. */
  score: number;
  /** What each sample adds to it, [N]. */
  contributions: number[];
}

/**
 * Twofold cross-validation of a linear head on cached features: trained on either half, tried on the other, by head probing
 * at its own rate.
 * @throws {DivergedError} if a loss stops being finite
 */
export async function crossProbe(options: CrossProbeOptions): Promise<CrossProbed> {
  const { objective, samples, width, seed, groups } = options;
  const count = targetCount(samples.targets);
  const halves = split(samples.targets, 0.5, seed, undefined, groups);
  const logits = new Float32Array(count * objective.outputs);
  for (const [trained, tried] of [
    [halves.train, halves.validation],
    [halves.validation, halves.train],
  ] as const) {
    const train = {
      features: Float32Array.from(rows(samples.features, width, trained)),
      targets: pickTargets(samples.targets, trained),
    };
    const stops = await probeCached({ ...options, train });
    for (const n of tried) logits.set(logitsOf(stops.at(-1)!.head, samples.features, n, width), n * objective.outputs);
  }
  const { value, hits, contributions } = objective.score({ logits }, samples.targets);
  return { score: value, contributions: contributions ? [...contributions] : Array.from(hits ?? "", Number) };
}

/** q = W z + b of one sample. */
function logitsOf(head: Weights, features: CachedValues, sample: number, width: number): Float32Array {
  const [weightName, biasName] = linearHead().parameters as [string, string];
  const [weight, bias] = [parameter(head, weightName), parameter(head, biasName)];
  const z = features.subarray(sample * width, (sample + 1) * width);
  return Float32Array.from(bias, (b, k) => z.reduce((sum, value, i) => sum + weight[k * width + i]! * value, b));
}
