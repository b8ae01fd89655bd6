import { differentiate, type Model } from "@taskhead/autograd";
import { targetCount, type Targets } from "../data/targets.js";
import type { Engine } from "../engine/engine.js";
import type { Objective, Outputs } from "../objectives/objective.js";

/**
 * Pull, of q = W z + b:
 *
 *     s = mean_n (W z_n)ᵀ r_n = mean_n z_nᵀ (∂q_n/∂z_n)ᵀ r_n,   r_n = −N·∂L/∂q_n.
 *
 * It is what fine-tuning's first step makes of z_nᵀ z_0 where the kernel is the identity for a sample with itself and 0
 * between samples: mean_n Δz_nᵀ z_0 = (η/N) s. As Σ_n z_nᵀ ∂L/∂z_n = −s, it is also how fast the loss falls when all features
 * grow by a common factor, −dL/dc at q(c·z), c = 1: positive, they are drawn out; negative, they are drawn in. The bias has
 * no part in it.
 *
 * At an optimum of L in W it is 0, as s = −Σ W ∘ ∂L/∂W; at one with the penalty λ/2 ‖W‖² it is λ‖W‖². Unit: that of the loss.
 * Of maps n are all places: logits that are resized linearly are still linear in z.
 * @param outputs logits [N, k]
 * @param bias b, [k]
 */
export function pullOfLinear(outputs: Outputs, targets: Targets, bias: Float32Array, objective: Objective): number {
  const { logits } = outputs;
  const residual = objective.residual(outputs, targets);
  const k = bias.length;
  // Of maps, logits of one class lie together.
  const places = logits.length / k / targetCount(targets);
  const sum = places === 1 ? sumOfRows(logits, residual, bias) : sumOfMaps(logits, residual, bias, places);
  return sum / (residual.length / k);
}

/** Σ (q − b) r, [N, k]: of every tau, so that it is not left to the other with maps of one place, which takes three times as long. */
function sumOfRows(logits: ArrayLike<number>, residual: ArrayLike<number>, bias: Float32Array): number {
  const k = bias.length;
  let sum = 0;
  for (let row = 0; row < residual.length; row += k)
    for (let c = 0; c < k; c++) sum += (logits[row + c]! - bias[c]!) * residual[row + c]!;
  return sum;
}

/** The same of maps, [N, k, places]. */
function sumOfMaps(logits: ArrayLike<number>, residual: ArrayLike<number>, bias: Float32Array, places: number): number {
  let sum = 0;
  for (let i = 0; i < residual.length;)
    for (const b of bias) for (const end = i + places; i < end; i++) sum += (logits[i]! - b) * residual[i]!;
  return sum;
}

/**
 * A network's outputs with what pull takes of any head: cached values and `target` → those outputs, and the gradient of the
 * objective's plain loss with respect to the cached values, `gradient.<input>`. Weights are inputs of the model.
 */
export function withInputGradient(model: Model, input: string, engine: Engine, objective: Objective): Model {
  return differentiate(model, { loss: objective.loss(), wrt: [input], engine: engine.name });
}

/** −Σ z ∘ ∂L/∂z over some samples. */
export function pullOfGradient(values: Float32Array, gradient: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum -= values[i]! * gradient[i]!;
  return sum;
}
