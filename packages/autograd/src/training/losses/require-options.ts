import { ModelError } from "../../graph/errors.js";

/** @throws {ModelError} unless it is between 0 and 1: beyond, the loss asks for less of what is right */
export function requireSmoothing(smoothing: number): void {
  if (!(smoothing >= 0 && smoothing <= 1)) throw new ModelError(`smoothing is ${smoothing}; it must be from 0 to 1`);
}

/** @throws {ModelError} for a weight that is negative, or no number: what it weighs would be unlearnt */
export function requireWeights(weights: readonly number[], whose: string): void {
  const wrong = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong >= 0) throw new ModelError(`the weight of ${whose} ${wrong} is ${weights[wrong]}; it must be 0 or above`);
}
