import { float32, type Model } from "@taskhead/autograd";

export { withWeightsAsInputs } from "@taskhead/autograd";

/** Parameters by name, each flattened row-major. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** Copies values into arrays that are there already, under the same names. */
export function overwriteWeights(own: Weights, weights: Weights): void {
  for (const [name, data] of weights) own.get(name)!.set(data);
}

/** A deep copy. */
export function copyWeights(weights: Weights): Map<string, Float32Array> {
  return new Map([...weights].map(([name, data]) => [name, data.slice()]));
}

/**
 * The model with new values for some of its initializers, shapes kept.
 * @throws {Error} if the model has no initializer of a name, or one of another size.
 */
export function withWeights(model: Model, weights: Weights): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, data] of weights) {
    const old = initializers.get(name);
    if (!old) throw new Error(`the model has no parameter '${name}'`);
    initializers.set(name, float32(data, old.shape));
  }
  return { ...model, graph: { ...model.graph, initializers } };
}

/** The model without its outputs: for a builder that declares others, which may have the same names. */
export function withoutOutputs(model: Model): Model {
  return { ...model, graph: { ...model.graph, outputs: [] } };
}
