import { float32, type Model, type ValueInfo } from "@taskhead/autograd";

/** Parameters by name, each flattened row-major. */
export type Weights = ReadonlyMap<string, Float32Array>;

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

/** The model with some of its initializers turned into inputs, so that one session serves any value of them. */
export function withWeightsAsInputs(model: Model, names: readonly string[]): Model {
  const initializers = new Map(model.graph.initializers);
  const inputs: ValueInfo[] = [...model.graph.inputs];
  for (const name of names) {
    const tensor = initializers.get(name);
    if (!tensor) throw new Error(`the model has no parameter '${name}'`);
    initializers.delete(name);
    inputs.push({ name, type: { dtype: tensor.dtype, shape: tensor.shape } });
  }
  return { ...model, graph: { ...model.graph, inputs, initializers } };
}

/** The model without its outputs: for a builder that declares others, which may have the same names. */
export function withoutOutputs(model: Model): Model {
  return { ...model, graph: { ...model.graph, outputs: [] } };
}
