import { ofKnownClasses } from "../../lower/known-classes.js";
import { attachClasses, sampleCount } from "./classes.js";
import type { Loss, LossOptions } from "./loss.js";
import { sumOfAll } from "./sum.js";

/**
 * Mean squared error ½ mean ‖q − t‖² over the batch (and over positions), t as for `crossEntropy`: one-hot, or smoothed.
 * With the ½ its gradient with respect to a sample's logits is q − t, as cross-entropy's is p − t.
 */
export function meanSquaredError({ logits, smoothing = 0 }: LossOptions): Loss {
  return {
    logits,
    attach(b) {
      const residual = b.sub(logits, attachClasses(b, logits, smoothing));
      const count = ofKnownClasses(b, sampleCount(b), b.shape(logits)[1] as number, "target");
      return {
        loss: b.div(sumOfAll(b, b.mul(residual, residual)), b.mul(count, 2)),
        gradients: new Map([[logits, b.div(residual, count)]]),
      };
    },
  };
}
