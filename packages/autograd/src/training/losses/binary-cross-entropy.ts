import { ModelError } from "../../graph/errors.js";
import { float32 } from "../../graph/tensor.js";
import type { Loss, LossOptions } from "./loss.js";
import { attachNumbers } from "./numbers.js";
import { requireSmoothing, requireWeights } from "./require-options.js";
import { orOne, sumOfAll } from "./sum.js";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** w, a weight per label, [k]. Default: all 1. */
  weights?: readonly number[];
}

/**
 * Binary cross-entropy of several labels a sample: the mean over all that were measured of
 * −t·log σ(q) − (1 − t)·log(1 − σ(q)) = max(q, 0) − q·t + log(1 + exp(−|q|)), where t = (1 − ε)·y + ε/2. The targets y come
 * in as a new input, `target`, float32 [batch, k]: 1, 0, or NaN for a label that was not measured. With weights it is the
 * weighted mean, Σ w_c ℓ_nc / Σ w_c over what was measured. Where nothing was, the loss is 0.
 */
export function binaryCrossEntropy({ logits, smoothing = 0, weights }: BinaryCrossEntropyOptions): Loss {
  return {
    logits,
    attach(b) {
      requireSmoothing(smoothing);
      const { known, missing } = attachNumbers(b, logits);
      const targets = smoothing === 0 ? known : b.add(b.mul(known, 1 - smoothing), smoothing / 2);
      const measured = b.cast(b.op("Not", [missing]), "float32");
      const weighted = weights ? b.mul(measured, b.constant(perLabel(weights, b.shape(logits)[1]))) : measured;
      const total = orOne(b, sumOfAll(b, weighted));
      const softplus = b.op("Log", [b.add(b.exp(b.neg(b.op("Abs", [logits]))), 1)]);
      const each = b.add(b.sub(b.op("Relu", [logits]), b.mul(logits, targets)), softplus);
      const residual = b.sub(b.op("Sigmoid", [logits]), targets);
      return {
        loss: b.div(sumOfAll(b, b.mul(each, weighted)), total),
        gradients: new Map([[logits, b.div(b.mul(residual, weighted), total)]]),
      };
    },
  };
}

function perLabel(weights: readonly number[], labels: unknown) {
  if (weights.length !== labels)
    throw new ModelError(`${weights.length} weights were given for ${String(labels)} labels; give one of each`);
  requireWeights(weights, "label");
  return float32(weights);
}
