import { ModelError } from "./errors.js";
import type { Model, ValueInfo } from "./model.js";

/**
 * The model with some of its weights turned into inputs of the same names, so that one session serves any value of them.
 * @throws {ModelError} if the model has no float32 weight of a name, or a name is given twice.
 */
export function withWeightsAsInputs(model: Model, names: readonly string[]): Model {
  const initializers = new Map(model.graph.initializers);
  const inputs: ValueInfo[] = [...model.graph.inputs];
  for (const [i, name] of names.entries()) {
    if (names.indexOf(name) < i) throw new ModelError(`'${name}' is to be trained twice; name each weight once`);
    const tensor = initializers.get(name);
    if (tensor?.dtype !== "float32")
      throw new ModelError(
        `'${name}' is no float32 weight of the model, it cannot be trained; trainableParameters lists those that can`,
      );
    initializers.delete(name);
    inputs.push({ name, type: { dtype: tensor.dtype, shape: tensor.shape } });
  }
  return { ...model, graph: { ...model.graph, inputs, initializers } };
}
