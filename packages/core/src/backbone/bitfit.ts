import { biasesAndScales, ModelError } from "@taskhead/autograd";
import { numbersIn, type Backbone } from "./backbone.js";

/**
 * BitFit (Ben Zaken, Goldberg and Ravfogel 2022): the backbone of which only biases are trained, and the scales and shifts
 * of norms. What adds a number of its own at each position, as position embeddings do, is none of these.
 * @throws {ModelError} if the backbone has none
 */
export function bitFit(backbone: Backbone): Backbone {
  const { model } = backbone;
  const found = biasesAndScales(model, backbone.parameters);
  const axes = (name: string): number => model.graph.initializers.get(name)!.shape.filter((size) => size > 1).length;
  const parameters = backbone.parameters.filter((name) => found.has(name) && axes(name) <= 1);
  if (parameters.length === 0)
    throw new ModelError(
      "the backbone has no biases, scales or shifts to train, so bitfit would leave all of it as it is; use another method",
    );
  return { ...backbone, parameters, parameterCount: numbersIn(model, parameters) };
}
