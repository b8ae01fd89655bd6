import type { GraphBuilder } from "@taskhead/autograd";
import type { FeatureMap } from "../data/positions.js";
import type { Random } from "../data/random.js";
import type { Weights } from "../engine/weights.js";

/**
 * A task head: features z [batch, h] → logits [batch, k], k the objective's outputs. Reinitialised blocks of the backbone
 * belong to it (`withBlocks`): z is then the activation that the first of them reads, and its own last part, linear or
 * mlp, the **logits' head**.
 */
export interface Head {
  /**
   * The names of its parameters in a graph: this list says what is of the head. Without blocks the first two are the weight
   * [units, h] and the bias [units] of the layer that reads the features; the last two are those of the layer that makes
   * the logits.
   */
  readonly parameters: readonly string[];
  /** Those of the logits' head that are matrices, biases left out: what ‖W‖ is of. */
  readonly weights: readonly string[];
  /** Those of them that multiply the features, whose gradients therefore grow with the features' scale. */
  readonly readsFeatures: readonly string[];
  /** Those that multiply hidden units instead, with their fan-in: how many units each output sums. */
  readonly fanIn: ReadonlyMap<string, number>;
  /** The dropout masks that probing feeds; none for a head without dropout. */
  readonly masks: readonly Mask[];
  /** Whether the loss is convex in the parameters. */
  readonly convex: boolean;
  /** The map that it reads, where features are one, and how many of its places a unit of its first layer sees. */
  readonly map?: FeatureMap & { readonly window: number };
  /** The size of the maps of logits that it makes; absent where logits are [batch, k]. */
  readonly places?: { readonly height: number; readonly width: number };
  /**
   * A random start.
   * @param meanSquare the mean square of one feature over the training set
   */
  initial(rng: Random, width: number, outputs: number, meanSquare?: number): Map<string, Float32Array>;
  /**
   * Appends the head to a graph, its weights as initializers; returns the logits' name.
   * @param dropout adds the masks as inputs of the graph and multiplies by them; without, dropout is the identity
   */
  attach(
    builder: GraphBuilder,
    features: string,
    width: number,
    outputs: number,
    weights: Weights,
    dropout?: boolean,
  ): string;
  /** The same with the operators that an exported model is to have, where those for training are others. */
  attachExported?(builder: GraphBuilder, features: string, outputs: number, weights: Weights): string;
}

/** Numbers that a head gives for a sample. */
export function logitsOf({ places = { height: 1, width: 1 } }: Pick<Head, "places">, outputs: number): number {
  return outputs * places.height * places.width;
}

/** A graph input [batch, width] of 0 with probability `rate`, else 1/(1 − rate). */
export interface Mask {
  readonly name: string;
  readonly width: number;
  readonly rate: number;
}

/**
 * ‖W‖₂ over all weights of the logits' head, biases excluded (Frobenius norm). What else is among `weights` does not count,
 * reinitialised blocks neither: their norms say nothing where a BatchNorm follows, which undoes any scale.
 */
export function headNorm(head: Head, weights: Weights): number {
  let square = 0;
  for (const name of head.weights) for (const w of parameter(weights, name)) square += w * w;
  return Math.sqrt(square);
}

/** @throws {Error} if the weights lack it. */
export function parameter(weights: Weights, name: string): Float32Array {
  const data = weights.get(name);
  if (!data)
    throw new Error(`the head's weights lack '${name}'; they hold ${[...weights.keys()].join(", ") || "nothing"}`);
  return data;
}
