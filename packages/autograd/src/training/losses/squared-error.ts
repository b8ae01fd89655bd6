import type { Loss, LossOptions } from "./loss.js";
import { attachNumbers } from "./numbers.js";
import { sumOfAll } from "./sum.js";

/**
 * The squared error of numbers, ½ mean_n ‖y_n − q_n‖², a sum over the k numbers of a sample and a mean over the N samples.
 * The targets y come in as a new input, `target`, float32 [batch, k]. What is not known, NaN, adds nothing to the sum;
 * N stays the size of the batch. With the ½ the gradient with respect to a sample's logits is (q − y)/N.
 */
export function squaredError({ logits }: Pick<LossOptions, "logits">): Loss {
  return {
    logits,
    attach(b) {
      const { known, missing, samples } = attachNumbers(b, logits);
      const residual = b.where(missing, 0, b.sub(logits, known));
      return {
        loss: b.div(sumOfAll(b, b.mul(residual, residual)), b.mul(samples, 2)),
        gradients: new Map([[logits, b.div(residual, samples)]]),
      };
    },
  };
}
