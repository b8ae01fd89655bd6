import type { Model } from "./graph/model.js";
import type { TensorType } from "./graph/tensor.js";
import { buildOn } from "./lower/build-on.js";
import type { GraphOptions } from "./options.js";

/**
 * The element type and shape of every value of the model, by name. Sizes that the file leaves open stay symbolic, as
 * products and sums of the names it gives them: `batch`, `12*batch`.
 * @throws {UnsupportedError} at an operator whose output types are not known; see the option `operators`.
 * @throws {ModelError} if the model is inconsistent.
 */
export function inferShapes(model: Model, options: GraphOptions = {}): Map<string, TensorType> {
  const b = buildOn(model, options);
  const { inputs, initializers, nodes } = model.graph;
  const names = [...inputs.map((v) => v.name), ...initializers.keys(), ...nodes.flatMap((n) => n.outputs)];
  return new Map(names.filter((name) => name !== "" && b.has(name)).map((name) => [name, b.type(name)]));
}
