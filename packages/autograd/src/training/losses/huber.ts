import { ModelError } from "../../graph/errors.js";
import type { Loss, LossOptions } from "./loss.js";
import { attachNumbers } from "./numbers.js";
import { sumOfAll } from "./sum.js";

export interface HuberOptions extends Pick<LossOptions, "logits"> {
  /** δ > 0, in the unit of the targets: errors above it count by their size, not by their square. Default 1. */
  delta?: number;
}

/**
 * Huber's loss of numbers (Huber 1964), a sum over the k numbers of a sample and a mean over the N samples of
 * ½r² where |r| ≤ δ, else δ(|r| − ½δ), with r = q − y. The targets y come in as a new input, `target`, float32 [batch, k].
 * What is not known, NaN, adds nothing to the sum; N stays the size of the batch. The gradient with respect to a sample's
 * logits is clip(r, −δ, δ)/N.
 * @throws {ModelError} if δ is not above 0.
 */
export function huber({ logits, delta = 1 }: HuberOptions): Loss {
  if (!(delta > 0)) throw new ModelError(`Huber's delta is ${delta}; it must be above 0`);
  return {
    logits,
    attach(b) {
      const { known, missing, samples } = attachNumbers(b, logits);
      const residual = b.where(missing, 0, b.sub(logits, known));
      const clipped = b.op("Clip", [residual, -delta, delta]);
      // Both cases at once: c·(r − ½c), where c is r clipped.
      const each = b.mul(clipped, b.sub(residual, b.mul(clipped, 0.5)));
      return {
        loss: b.div(sumOfAll(b, each), samples),
        gradients: new Map([[logits, b.div(clipped, samples)]]),
      };
    },
  };
}
