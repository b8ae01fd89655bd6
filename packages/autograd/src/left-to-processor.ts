import type { EngineName } from "./engines.js";
import type { Model } from "./graph/model.js";
import { buildOn } from "./lower/build-on.js";

/**
 * The nodes of a model that an engine would fail at or get wrong, by name, each with the reason: whoever opens a session there
 * has to have the processor compute them. Of a model that is not in the dialect of training graphs, nodes that are rewritten
 * on the way to it are looked at in their simpler form, and only what stays under its name is told.
 */
export function leftToProcessor(model: Model, engine: EngineName): ReadonlyMap<string, string> {
  if (engine !== "webgpu") return new Map();
  return buildOn(model, { engine }).onProcessor;
}
