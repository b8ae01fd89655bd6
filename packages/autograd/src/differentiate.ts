import { appendGradients } from "./append-gradients.js";
import type { Model } from "./graph/model.js";
import { withWeightsAsInputs } from "./graph/weights.js";
import { buildOn } from "./lower/build-on.js";
import type { GraphOptions } from "./options.js";
import { attachLoss, type Loss } from "./training/losses/loss.js";

export interface DifferentiateOptions extends GraphOptions {
  /** What to differentiate: a loss to append, or the name of a scalar in the model. */
  readonly loss: Loss | string;
  /** What to differentiate by: inputs of the model, weights, or values in between, by name. */
  readonly wrt: readonly string[];
}

/**
 * The model with its gradients: a new model with the inputs of the old one and those of the loss (`target`), and with
 * the outputs of the old one, `loss` (a scalar) and `gradient.<name>` for every name in `wrt`, of that value's shape.
 * Weights keep their values; for weights that change from call to call see `trainingStep`.
 * @throws {UnsupportedError} if an operator on the way to the loss has no gradient.
 * @throws {ModelError} if a name is not in the model, the loss is no scalar, or does not depend on one of `wrt`.
 */
export function differentiate(model: Model, { loss, wrt, ...options }: DifferentiateOptions): Model {
  // As inputs, weights are not folded into constants; afterwards they are put back.
  const weights = wrt.filter((name) => model.graph.initializers.has(name));
  const b = buildOn(withWeightsAsInputs(model, weights), options);
  const { loss: lossValue, from } = attachLoss(b, loss);
  const gradients = appendGradients(b, from, wrt, options);
  const outputs = new Map(model.graph.outputs.map(({ name }) => [name, name]));
  outputs.set("loss", lossValue);
  for (const [name, gradient] of gradients) outputs.set(`gradient.${name}`, gradient);
  b.setOutputs(Object.fromEntries(outputs));
  for (const name of weights) b.fixInput(name, model.graph.initializers.get(name)!);
  return b.model();
}
