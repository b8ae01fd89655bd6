import type { Backbone } from "../backbone/backbone.js";
import type { Head } from "../heads/index.js";
import { findBlocks } from "../backbone/blocks.js";

export interface LayerRateOptions {
  /** The factor from each block to the one below it, above 0. Default 1: the same rate everywhere. */
  decay?: number;
  /** The factor on the head's rate. Default 1. */
  head?: number;
}

/**
 * Discriminative rates (Howard and Ruder 2018): a factor on each parameter's learning rate, for `rateMultiplier`. The head
 * has depth n, the number of blocks of the backbone (`findBlocks`, so depth comes from the graph's structure); the block
 * next to it n − 1, and so on down to 0. A backbone's parameter of depth d gets `decay`^(n − d), a head's gets `head`, any other (side-tuning's blend) 1.
 */
export function layerRates(
  backbone: Backbone,
  architecture: Head,
  { decay = 1, head = 1 }: LayerRateOptions,
): (parameter: string) => number {
  const { depths, count } = layerDepths(backbone);
  const ofHead = new Set(architecture.parameters);
  return (parameter) => (ofHead.has(parameter) ? head : decay ** (count - (depths.get(parameter) ?? count)));
}

/**
 * The depth of every parameter of a backbone: 0 in its first block, `count` − 1 in the block next to the head. Weights
 * shared by several blocks count where they are first used, those before the first block as part of it.
 */
export function layerDepths(backbone: Backbone): { depths: ReadonlyMap<string, number>; count: number } {
  const blocks = findBlocks(backbone);
  const depths = new Map(backbone.parameters.map((name) => [name, 0]));
  blocks.forEach(({ parameters }, depth) => parameters.forEach((name) => depths.set(name, depth)));
  return { depths, count: blocks.length };
}
