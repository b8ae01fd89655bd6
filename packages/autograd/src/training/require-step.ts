import { ModelError } from "../graph/errors.js";

interface Asked {
  readonly trainable: readonly string[];
  readonly rateMultiplier?: (parameter: string) => number;
  readonly onset?: (parameter: string) => number;
}

/** @throws {ModelError} for a factor on a parameter's rate that would climb the loss, and a step that none is */
export function requireStep({ trainable, rateMultiplier, onset }: Asked): void {
  for (const name of trainable) {
    const factor = rateMultiplier?.(name) ?? 1;
    if (!(factor >= 0 && factor < Infinity))
      throw new ModelError(`the rate of '${name}' is to be multiplied by ${factor}; give a number of at least 0`);
    const from = onset?.(name) ?? 1;
    if (!Number.isInteger(from) || from < 1)
      throw new ModelError(`'${name}' is to be trained from step ${from}; give a whole number from 1 on`);
  }
}
