import { sizeOf, type Model } from "@taskhead/autograd";
import { onlyInput, type Backbone } from "../backbone/backbone.js";
import { identityBackbone, logitsOf, withHead, type Head } from "../heads/index.js";
import { batchNorms, reinitialise } from "../backbone/reinitialise.js";
import { mergeWeights } from "../backbone/split.js";
import { withBatchStatistics } from "../backbone/batch-statistics.js";
import { vectorsOf, type FeatureLayout } from "../data/positions.js";
import { random } from "../data/random.js";
import type { Weights } from "../engine/weights.js";

export interface NetworkOptions {
  /** What makes the logits. */
  head: Head;
  /** Reinitialised blocks between the features, which are cached, and the head. Default: the head reads the features. */
  blocks?: Backbone;
  /** How many numbers a sample the head reads. */
  width: number;
  /** k */
  outputs: number;
  seed: number;
}

/** What probing trains: a head, or reinitialised blocks with a head on them. */
export interface ProbeNetwork {
  /** What makes the logits: the last part of what is probed. */
  readonly head: Head;
  readonly blocks: Backbone;
  /** The input of the blocks, or of the head alone, that features are fed to. */
  readonly inputName: string;
  readonly outputs: number;
  /** All that is trained. */
  readonly parameters: readonly string[];
  /** Those of them that an L2 penalty acts on: the weights of layers. */
  readonly penalised: readonly string[];
  /** Running means and variances of the blocks' BatchNorms: estimated on the training set, not trained. */
  readonly statistics: readonly string[];
  /** Whether the head reads the features themselves: no blocks are in between. */
  readonly readsFeatures: boolean;
  /** Whether the loss is convex in all that is trained. */
  readonly convex: boolean;
  /** Numbers per sample in the features. */
  readonly inputSize: number;
  /** How they lie, to the head that reads them. */
  readonly layout: FeatureLayout;
  /** The most numbers that a sample has on its way in or out. */
  readonly largest: number;
  /**
   * Evaluation mode: no dropout, BatchNorm by the statistics in `weights`. Features → `logits`, and under the name
   * `features` what the head reads.
   */
  model(weights: Weights): Model;
  /** Training mode: dropout masks are inputs, BatchNorm goes by the batch, whose statistics are outputs too. */
  trainingModel(weights: Weights): Model;
  /**
   * A random start.
   * @param meanSquareNorm mean ‖x‖² over the training set, x what the head reads, of maps at each place
   */
  initial(meanSquareNorm: number): Map<string, Float32Array>;
  /**
   * 1 / fan-in for weights, where the head's counts every number that it reads with its mean square; 1 for the rest. Of maps
   * a logit is a mean of those of neighbouring places, and bends the loss no more than one of them.
   */
  rateMultiplier(meanSquareNorm: number): (parameter: string) => number;
}

export function probeNetwork(options: NetworkOptions): ProbeNetwork {
  const { head, width, outputs, seed, blocks = identityBackbone(width) } = options;
  const fresh = reinitialise(blocks, random(seed, "blocks"));
  const inputSize = sizeOf(sampleShape(blocks));
  const { map } = head;
  const read = vectorsOf(map ?? width).length;
  return {
    head,
    blocks,
    inputName: onlyInput(blocks).name,
    outputs,
    parameters: [...blocks.parameters, ...head.parameters],
    penalised: [...fresh.fanIn.keys(), ...head.weights],
    statistics: batchNorms(blocks.model.graph).flatMap(({ mean, variance }) => [mean, variance]),
    readsFeatures: options.blocks === undefined,
    convex: head.convex && options.blocks === undefined,
    inputSize,
    layout: options.blocks === undefined && map ? map : inputSize,
    largest: Math.max(inputSize, logitsOf(head, outputs)),
    model: (weights) => withHead(mergeWeights(blocks, weights), head, outputs, weights),
    trainingModel: (weights) =>
      withBatchStatistics(withHead(mergeWeights(blocks, weights), head, outputs, weights, true)),
    initial: (meanSquareNorm) =>
      new Map([...fresh.initial, ...head.initial(random(seed, "head"), width, outputs, meanSquareNorm / read)]),
    rateMultiplier(meanSquareNorm) {
      const fanIn = new Map([...fresh.fanIn, ...head.fanIn]);
      for (const name of head.readsFeatures) fanIn.set(name, (map?.window ?? 1) * meanSquareNorm);
      return (parameter) => 1 / (fanIn.get(parameter) ?? 1);
    },
  };
}

/** The shape of one sample of what a piece of backbone reads. */
export function sampleShape(piece: Backbone): number[] {
  return onlyInput(piece).shape.slice(1).map(Number);
}
