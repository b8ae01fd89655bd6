import type { Backbone } from "../backbone/backbone.js";
import { extractFeatures } from "../backbone/features.js";
import type { Data } from "../probe/data.js";

/** z_0 of both sets, [N, h]. */
export async function featuresBefore(backbone: Backbone, { engine, train, validation }: Data) {
  return {
    train: await extractFeatures(engine, backbone, train, { set: "training" }),
    validation: await extractFeatures(engine, backbone, validation, { set: "validation" }),
  };
}
