import type { Backbone } from "../backbone/backbone.js";
import { layerDepths } from "./layer-rates.js";

export interface UnfreezingOptions {
  stepsPerEpoch: number;
  /** Of the whole run. */
  epochs: number;
  /** Epochs until all is trained, at most `epochs`. Default: as many as blocks, if there are that many. */
  over?: number;
  /** Parameters that belong with the head, and are trained from the first step. */
  fresh?: Iterable<string>;
}

/**
 * Gradual unfreezing (Howard and Ruder 2018): the step from which each parameter is trained, for `TrainingOptions.onset`.
 * Of n blocks with something to train (`findBlocks`), the last begins with the first epoch, together with the head, which
 * probing has trained alone before; then one block more in each epoch, the lowest last. Over U epochs other than n, block
 * i, counted from 0 at the head, begins after epoch ⌊i U/n⌋.
 */
export function unfreezing(
  backbone: Backbone,
  { stepsPerEpoch, epochs, over, fresh = [] }: UnfreezingOptions,
): (parameter: string) => number {
  const withHead = new Set(fresh);
  const { depths } = layerDepths(backbone);
  const own = backbone.parameters.filter((name) => !withHead.has(name));
  const fromHead = [...new Set(own.map((name) => depths.get(name)!))].sort((a, b) => b - a);
  const count = Math.max(fromHead.length, 1);
  const until = over ?? Math.min(count, epochs);
  const places = new Map(own.map((name) => [name, fromHead.indexOf(depths.get(name)!)]));
  return (parameter) => {
    const after = Math.floor(((places.get(parameter) ?? 0) * until) / count);
    return after * stepsPerEpoch + 1;
  };
}
