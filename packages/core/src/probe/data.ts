import type { Backbone } from "../backbone/backbone.js";
import { requireWanted } from "../given/require.js";
import { having, isObject, type Wanted } from "../given/wanted.js";
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

const backbones: Wanted = {
  wants: "what openBackbone gives",
  is: (value) => isObject(value) && "featureName" in value,
};
const tasks: Wanted = { wants: "an object with engine, objective, train and validation", is: isObject };
const objectives = having("an objective, such as classification(10)", "refuses", "loss");

/** @throws {DataError} where a program without types gives something else */
export function requireTask(backbone: Backbone, data: Data): void {
  requireWanted("the backbone", backbone, backbones);
  requireWanted("data", data, tasks);
  requireWanted("data.engine", data.engine, engines);
  requireWanted("data.objective", data.objective, objectives);
  requireWanted("data.train", data.train, sampleSets);
  requireWanted("data.validation", data.validation, sampleSets);
}
