import type { Configuration } from "@taskhead/core/internals";
import type { Kind } from "../data/kind.js";
import { packageVersion } from "../files/version.js";
import type { Runtime } from "../runtime/runtime.js";

/**
 * What computes a result besides the options and the data: other versions may read, train or round otherwise. Processors do
 * too, in the last bits, but a run may go on elsewhere.
 */
export function versions({ env }: Pick<Runtime, "env">, kind: Pick<Kind, "versions">): Configuration {
  return {
    "the version of taskhead": packageVersion(),
    "the version of onnxruntime-node": env.versions.node ?? env.versions.common,
    ...kind.versions(),
  };
}
