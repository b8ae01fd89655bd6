import type { Model } from "@taskhead/autograd";
import { ModelError } from "@taskhead/autograd";
import type { PreparedInput, TypedInput } from "../backbone/modality.js";
import { graphInputs, type NamedInputs } from "./inputs.js";

/**
 * A graph network as it is, once all its inputs are known.
 * @throws {ModelError} if one of them is none of a graph's
 */
export function graphInput(model: Model, named?: NamedInputs): PreparedInput {
  graphInputs(typedInputs(model), named);
  return { model, constants: new Set() };
}

/** @throws {ModelError} for an input of no known type */
function typedInputs({ graph }: Model): TypedInput[] {
  return graph.inputs.map(({ name, type }) => {
    if (!type) throw new ModelError(`the model does not declare the shape of '${name}'; export it again with shapes`);
    return { name, ...type };
  });
}
