import type { Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import type { Objective } from "../objectives/objective.js";

/** A task: what is to be learned, from which samples, on which engine. */
export interface Data {
  readonly engine: Engine;
  readonly objective: Objective;
  readonly train: Samples;
  readonly validation: Samples;
}
