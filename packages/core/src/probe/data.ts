import type { Backbone } from "../backbone/backbone.js";
import { having, isObject, requireKind, type Kind } from "../given/require-options.js";
import { engines, sampleSets, type Samples } from "../data/samples.js";
import type { Engine } from "../engine/engine.js";
import type { Objective } from "../objectives/objective.js";

/** A task: what is to be learned, from which samples, on which engine. */
export interface Data {
  readonly engine: Engine;
  readonly objective: Objective;
  readonly train: Samples;
  readonly validation: Samples;
}

const backbones: Kind = { wants: "what openBackbone gives", is: (value) => isObject(value) && "featureName" in value };
const tasks: Kind = { wants: "an object with engine, objective, train and validation", is: isObject };
const objectives = having("an objective, such as classification(10)", "refuses", "loss");

/** @throws {DataError} where a program without types gives something else */
export function requireTask(backbone: Backbone, data: Data): void {
  requireKind("the backbone", backbone, backbones);
  requireKind("data", data, tasks);
  requireKind("data.engine", data.engine, engines);
  requireKind("data.objective", data.objective, objectives);
  requireKind("data.train", data.train, sampleSets);
  requireKind("data.validation", data.validation, sampleSets);
}
