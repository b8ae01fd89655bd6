import { GraphBuilder } from "../builder.js";
import type { Model } from "../graph/model.js";
import type { GraphOptions } from "../options.js";

/** A builder that holds the model: nodes upgraded to one operator set, shapes inferred, constants folded. */
export function buildOn(model: Model, options: GraphOptions = {}): GraphBuilder {
  return GraphBuilder.from(model, options);
}
